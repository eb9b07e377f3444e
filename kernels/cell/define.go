package cell

import (
	"bytes"
	"slices"
	"strings"
)

// initPrefix starts the names of functions that are rendered as init, so that several cells can have one.
const initPrefix = "init_"

// definition writes what is alive of one chunk. What is dead in a block leaves blanks, so that the rest keeps its place.
func (w *writer) definition(live []definition) {
	d := live[0]
	alive := func(i int) bool {
		return slices.ContainsFunc(live, func(d definition) bool { return d.part == i })
	}
	text := []byte(d.c.Source[d.k.Start:d.k.End])
	d.k.plain(text)
	var alone []part
	for i, p := range d.k.parts {
		switch n := p.names[0]; {
		case alive(i) && d.k.Kind == Func && strings.HasPrefix(n.id, initPrefix):
			rename(text, n.at, d.k.Start, "init")
		case alive(i):
		case d.k.Kind == Const:
			rename(text, n.at, d.k.Start, "_") // the lines after it count on iota
		case p.alone == nil:
			rename(text, p.spec, d.k.Start, "")
		}
	}
	for i, p := range d.k.parts {
		if p.alone == nil || whole(d.k, p.spec, alive) {
			continue
		}
		rename(text, p.spec, d.k.Start, "")
		if alive(i) {
			alone = append(alone, p)
		}
	}
	if len(alone) < len(live) {
		w.line(d.c, d.count, d.k.Start)
		if d.c == w.c && d.count == w.count {
			w.p.placed = append(w.p.placed, placed{span{d.k.Start, d.k.End}, w.text.Len()})
		}
		w.print(string(text) + "\n")
	}
	for _, p := range alone {
		w.variable(d, p)
	}
}

// plain makes build constraints among the comments before a definition mere comments: they are about files, and the compiler wants none here.
func (k *Chunk) plain(text []byte) {
	doc := text[:k.code-k.Start]
	for _, directive := range []string{"//go:build", "//go:debug"} {
		for from := 0; ; {
			i := bytes.Index(doc[from:], []byte(directive))
			if i < 0 {
				break
			}
			doc[from+i+2] = ' '
			from += i + len(directive)
		}
	}
}

// whole reports whether all names of a line live.
func whole(k *Chunk, spec span, alive func(int) bool) bool {
	for i, p := range k.parts {
		if p.spec == spec && !alive(i) {
			return false
		}
	}
	return true
}

// rename puts a name, and blanks, where another stood; line breaks stay.
func rename(text []byte, at span, start int, to string) {
	for i := range text[at.from-start : at.to-start] {
		switch b := &text[at.from-start+i]; {
		case i < len(to):
			*b = to[i]
		case *b != '\n' && *b != '\r':
			*b = ' '
		}
	}
}

// variable writes one of var a, b = 1, 2 on its own.
func (w *writer) variable(d definition, p part) {
	w.print("var ")
	for i, s := range p.alone {
		if s.to == 0 {
			continue
		}
		w.print([]string{"", " ", " = "}[i])
		w.inline(d.c, d.count, s.from)
		w.print(d.c.Source[s.from:s.to])
	}
	w.print("\n")
}
