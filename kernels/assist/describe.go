package assist

import (
	"fmt"
	"go/doc/comment"
	"go/types"
	"path/filepath"
	"strings"
)

// keywords is what each of Go's keywords is for.
var keywords = map[string]string{
	"break":       "break ends the innermost for, switch or select, or the one with the label given.",
	"case":        "case begins the statements for some values, types or communications of a switch or select.",
	"chan":        "chan T is the type of channels of T; <-chan T can only be received from, chan<- T only sent to.",
	"const":       "const declares constants; iota counts the lines of a group.",
	"continue":    "continue goes on with the next round of the innermost for, or of the one with the label given.",
	"default":     "default begins the statements for when no other case applies.",
	"defer":       "defer calls a function when the function around it returns; its arguments are evaluated now.",
	"else":        "else begins what is done when an if's condition is false.",
	"fallthrough": "fallthrough goes on with the statements of the next case of a switch.",
	"for":         "for repeats: for { }, for condition { }, for i := 0; i < n; i++ { }, for i := range n { }, for i, v := range list { }.",
	"func":        "func declares a function or a method, or begins a function literal.",
	"go":          "go calls a function in a new goroutine, and does not wait for it.",
	"goto":        "goto continues at a label of the same function.",
	"if":          "if runs a block when a condition holds; a short statement may come first: if v, err := f(); err == nil { }.",
	"import":      "import makes the exported names of a package available.",
	"interface":   "interface is a type by its methods, or a constraint by a set of types.",
	"map":         "map[K]V is the type of maps from keys K to values V.",
	"package":     "package names the package of a file.",
	"range":       "range goes through an integer, slice, array, string, map, channel or iterator function.",
	"return":      "return ends a function and gives its results.",
	"select":      "select waits for the first of several channel operations that can go ahead.",
	"struct":      "struct is a type of fields.",
	"switch":      "switch chooses a case by a value, by conditions, or by the type in an interface: switch v := x.(type) { }.",
	"type":        "type declares a type, or with = another name for one.",
	"var":         "var declares variables.",
}

// standing notes where in the cells an object stands, and the comments of the cell at hand, which are read before its positions are gone.
func (c *checked) standing(s *subject, obj types.Object) {
	this := newFolder()
	this.add(c.fset, c.file, c.source.String())
	s.cells = []*folder{this, c.cells.docs}
	if at := c.fset.Position(obj.Pos()); obj.Pos().IsValid() && at.Filename != "" {
		s.where = fmt.Sprintf("defined in %s, line %d", at.Filename, at.Line)
	}
	if obj.Parent() != c.pkg.Scope() && !strings.Contains(s.key, ".") {
		s.key = "" // a local variable has no comment, and may have the name of what has
	}
}

// documented completes a subject with its comment and source.
func (a *Assistant) documented(s subject, detail int) subject {
	switch {
	case s.pkg == "":
		return s
	case s.key == "" && s.cells == nil:
		if f := a.folder(s.pkg); f != nil {
			s.doc = f.doc
		}
		s.where = "package " + s.pkg
		return s
	}
	e, ok := a.entry(s.pkg, s.key, s.cells)
	if ok {
		s.doc = e.doc
		switch s.pkg {
		case "main":
		case "builtin":
			s.where = "built into Go"
		default:
			s.where = fmt.Sprintf("package %s, %s line %d", s.pkg, filepath.Base(e.file), e.line)
		}
		if s.isType {
			text := e.source()
			if s.pkg != "main" && s.pkg != "builtin" {
				text = e.exported()
			}
			if text != "" {
				s.signature = text
			}
		}
		if detail > 0 {
			s.source = e.source()
		}
	} else if s.where == "" {
		s.where = "package " + s.pkg
	}
	if pkg, name, ok := strings.Cut(s.about, " "); ok && s.doc == "" {
		if e, ok := a.entry(pkg, name, s.cells); ok {
			s.doc = e.doc
		}
	}
	return s
}

func (a *Assistant) entry(pkg, key string, cells []*folder) (e entry, ok bool) {
	if pkg != "main" {
		if f := a.folder(pkg); f != nil {
			e, ok = f.entries[key]
		}
		return e, ok
	}
	for _, f := range cells {
		if e, ok = f.entries[key]; ok {
			return e, true
		}
	}
	return e, false
}

// folder is the comments of a package, or nil when its source is nowhere.
func (a *Assistant) folder(path string) *folder {
	dir := a.sources.dir(path)
	if dir == "" && a.packages != nil {
		if p, ok := a.packages.Package(path); ok {
			dir = p.Dir
		}
	}
	if dir == "" {
		return nil
	}
	return a.sources.docs(dir)
}

// plain is the subject as text for a terminal.
func (s subject) plain() string {
	printer := &comment.Printer{TextWidth: 100}
	as := func(text string) string { return text }
	return s.render(as, func(d *comment.Doc) string { return string(printer.Text(d)) }, as)
}

// markdown is the subject as a notebook shows it.
func (s subject) markdown() string {
	printer := &comment.Printer{HeadingLevel: 4}
	code := func(code string) string {
		fence := "```"
		for strings.Contains(code, fence) {
			fence += "`"
		}
		return fence + "go\n" + code + "\n" + fence
	}
	if s.signature == "" && s.title != "" {
		s.title = "`" + s.title + "`"
	}
	return s.render(code, func(d *comment.Doc) string { return string(printer.Markdown(d)) }, func(where string) string { return "*" + where + "*" })
}

func (s subject) render(code func(string) string, doc func(*comment.Doc) string, where func(string) string) string {
	var parts []string
	if s.signature != "" {
		parts = append(parts, code(strings.TrimSpace(s.signature)))
	} else if s.title != "" {
		parts = append(parts, s.title)
	}
	if s.doc != "" {
		parts = append(parts, strings.TrimSpace(doc(new(comment.Parser).Parse(s.doc))))
	}
	if s.where != "" {
		parts = append(parts, where(s.where))
	}
	if s.source != "" && strings.TrimSpace(s.source) != strings.TrimSpace(s.signature) {
		parts = append(parts, code(s.source))
	}
	return strings.Join(parts, "\n\n")
}
