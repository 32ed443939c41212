// Evaluated in a page: what is wrong with how it looks, in words. Ratios and sizes are those of WCAG 2.2, level AA,
// save that controls are as large as level AAA would have them (sections 1.4.3, 1.4.10, 1.4.11, 2.5.5).
(() => {
  const faults = [];
  const called = (e) => `<${e.localName}> ${(e.innerText || e.name || "").slice(0, 40)}`;

  const luminance = (rgb) =>
    rgb
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, alpha = 1] = colour(getComputedStyle(e).backgroundColor);
      if (alpha > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const readable = (e, pseudo, what) => {
    const ratio = contrast(colour(getComputedStyle(e, pseudo).color).slice(0, 3), behind(e));
    if (ratio < 4.5) faults.push(`${called(e)}: ${what} has a contrast of ${ratio.toFixed(2)}`);
  };

  if (document.documentElement.scrollWidth > innerWidth) {
    faults.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${innerWidth}`);
  }
  for (const e of document.body.querySelectorAll("*")) {
    const box = e.getBoundingClientRect();
    if (box.width === 0 || e.type === "hidden") continue;
    if (box.left < 0 || box.right > innerWidth + 0.5) faults.push(`${called(e)} is cut off`);
    if ([...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())) readable(e, null, "its text");
    if (e.matches("input[placeholder]")) readable(e, "::placeholder", "its placeholder");
    if (!e.matches("input, button")) continue;
    if (box.height < 44) faults.push(`${called(e)} is ${box.height} high`);
    if (e.scrollWidth > e.clientWidth && e.localName === "button") faults.push(`the text of ${called(e)} is cut off`);
    const border = colour(getComputedStyle(e).borderTopColor);
    if ((border[3] ?? 1) > 0 && contrast(border.slice(0, 3), behind(e.parentElement)) < 3) {
      faults.push(`the border of ${called(e)} is hard to see`);
    }
  }
  return faults;
})();
