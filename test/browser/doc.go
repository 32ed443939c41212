// Package browser has a real browser meet the issuer's pages: people who mistype, go back, keep two tabs open, come late or
// have no mouse, sites that mean harm, and names that would like to be markup. Every story also fails by whatever the
// browser itself complains of. And it looks at each page in light, in dark and on a telephone: the pictures are in out.
//
// The browser is Debian's chromium, or what else is installed of its kind; `make browser-test` sees to it. It finds the
// issuer and all other hosts in this process, and nothing outside. The issuer's clock is the test's.
package browser
