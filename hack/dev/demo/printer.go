package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// printer writes what the reader sees, in colors where a person reads it.
type printer struct {
	io.Writer
	color bool
}

// ANSI escapes (ECMA-48 SGR).
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	cyan  = "\x1b[36m"
	reset = "\x1b[0m"
)

// newPrinter colors only on a terminal, and not where NO_COLOR (no-color.org) or TERM=dumb asks for none.
func newPrinter(out *os.File) printer {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return printer{out, terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (p printer) paint(color, text string) string {
	if !p.color {
		return text
	}
	return color + text + reset
}

func (p printer) heading(title, why string) {
	fmt.Fprintf(p, "\n%s\n%s\n", p.paint(bold, "== "+title+" =="), why)
}

// action shows what is about to happen: a command as one would type it, or a request.
func (p printer) action(line string) {
	fmt.Fprintf(p, "\n%s\n", p.paint(cyan, line))
}

func (p printer) output(text string) {
	fmt.Fprintln(p, text)
}

func (p printer) say(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

func (p printer) aside(format string, args ...any) {
	fmt.Fprintln(p, p.paint(faint, fmt.Sprintf(format, args...)))
}

// json prints a document with indentation, or as it is if it is none.
func (p printer) json(document []byte) {
	var indented bytes.Buffer
	if json.Indent(&indented, document, "", "  ") != nil {
		p.output(string(document))
		return
	}
	p.output(indented.String())
}
