package cell

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
)

// Split takes a cell apart. With a *SyntaxError the cell is returned too, as far as it could be cut, for completion and the like.
func Split(source string) (*Cell, error) {
	s := cut(source)
	if s.c.Magic == "" {
		s.check()
		s.place()
	}
	if s.err == nil {
		return s.c, nil
	}
	line, col := s.c.position(s.err.at)
	return s.c, &SyntaxError{line, col, s.err.msg}
}

// check parses the chunks one by one, and takes down what they declare. It ends at the first that does not parse.
func (s *cutter) check() {
	for i := range s.c.Chunks {
		k := &s.c.Chunks[i]
		if s.err != nil && s.err.at < k.code {
			return
		}
		end, open := len(s.c.Source), false
		if i+1 < len(s.c.Chunks) {
			end = s.c.Chunks[i+1].Start
		} else {
			open = s.open
		}
		text := s.c.terminated(k, end)
		if open {
			text = s.c.Source[k.code:]
		}
		if !s.parse(k, text, open) {
			return
		}
	}
}

// terminated is a chunk's text from its first token, with the end of the line or the semicolon behind it.
func (c *Cell) terminated(k *Chunk, end int) string {
	for i := k.End; i < end; i++ {
		if b := c.Source[i]; b == ';' || b == '\n' {
			return c.Source[k.code : i+1]
		} else if b == '/' {
			return c.Source[k.code:k.End] + "\n" // a comment, and then one of the two
		}
	}
	return c.Source[k.code:k.End]
}

// parse reports whether a chunk is sound; open says that the cell ends within it.
func (s *cutter) parse(k *Chunk, text string, open bool) bool {
	head, tail := "package p;", ""
	if k.Kind == Stmt {
		head = "package p;func _(){"
		if !open {
			tail = "\n}"
		}
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", head+text+tail, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			s.fail(min(k.code+max(list[0].Pos.Offset-len(head), 0), len(s.c.Source)), "%s", list[0].Msg)
		}
		return false
	}
	if len(file.Decls) == 0 {
		return true
	}
	r := reader{c: s.c, k: k, shift: int(file.FileStart) + len(head) - k.code}
	switch d := file.Decls[0].(type) {
	case *ast.GenDecl:
		r.declaration(d)
	case *ast.FuncDecl:
		if k.Kind != Stmt {
			r.function(d)
		} else if len(d.Body.List) > 0 {
			r.statement(d.Body.List[0])
		}
	}
	return true
}

// place decides what is a definition and what runs in main, and whether the two go together.
func (s *cutter) place() {
	bound := map[string]bool{}
	statement := false
	for i := range s.c.Chunks {
		k := &s.c.Chunks[i]
		marked := s.body >= 0 && k.Start >= s.body
		switch k.Kind {
		case Stmt:
			k.Body, statement = true, true
			s.stray(k)
		case Var:
			k.Body = marked || statement
		case Const, Type:
			k.Body = marked || k.mentions(bound)
		}
		if k.Body {
			for _, name := range k.Names {
				bound[name] = true
			}
		}
	}
}

// stray finds statements where there is no main to run them in.
func (s *cutter) stray(k *Chunk) {
	switch {
	case s.c.HasMain:
		s.fail(k.code, "non-declaration statement outside function body: the cell has its own func main")
	case s.c.Test:
		s.fail(k.code, "statement in a %%test cell, which runs functions only: put it into a func TestX(t *testing.T)")
	}
}

// mentions reports whether a declaration uses one of the names.
func (k *Chunk) mentions(names map[string]bool) bool {
	for _, name := range k.uses {
		if names[name] {
			return true
		}
	}
	return false
}

// isFunctionName reports whether text is name or package.name.
func isFunctionName(text string) bool {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	if sel, ok := expr.(*ast.SelectorExpr); ok {
		expr = sel.X
	}
	_, ok := expr.(*ast.Ident)
	return ok
}

// Value is where the expression stands whose value the cell shows: its last statement, if that is an expression without a semicolon behind it.
func (c *Cell) Value() (start, end int, ok bool) {
	for i := len(c.Chunks) - 1; i >= 0; i-- {
		if k := &c.Chunks[i]; k.Body {
			return k.code, k.End, k.expression && !k.semicolon
		}
	}
	return 0, 0, false
}
