package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
)

// part is what of a definition lives and dies together: one name in most cases, all of var a, b = f().
type part struct {
	names []name
	spec  span   // the whole line or lines of a block, with its comments, for what can be cut out of one
	alone []span // name, type and value, for one name of var a, b = 1, 2
	imp   *ImportSpec
}

// name is what a later declaration of the same replaces. The key is GoNB's, which two names may share.
type name struct {
	id, key string
	at      span
}

type span struct{ from, to int }

const blank = "_~" // starts the ids of what is declared as _

// reader takes down what a parsed chunk declares.
type reader struct {
	c     *Cell
	k     *Chunk
	shift int // from positions to offsets in the cell
}

func (r reader) span(n ast.Node) span {
	return span{int(n.Pos()) - r.shift, int(n.End()) - r.shift}
}

func (r reader) text(n ast.Node) string {
	at := r.span(n)
	return r.c.Source[at.from:at.to]
}

func (r reader) name(n *ast.Ident, spec ast.Node) name {
	if n.Name != "_" {
		return name{n.Name, n.Name, r.span(n)}
	}
	hash := fnv.New32a()
	hash.Write([]byte(r.text(spec)))
	id := fmt.Sprintf("%s%06d", blank, hash.Sum32()%1e6)
	if r.k.Kind == Var {
		return name{id, id, r.span(n)}
	}
	return name{id, "_", r.span(n)}
}

func (r reader) declaration(d *ast.GenDecl) {
	r.k.uses = uses(d)
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.ImportSpec:
			r.imported(s)
		case *ast.TypeSpec:
			r.add(part{names: []name{r.name(s.Name, s)}, spec: r.line(s, s.Doc)})
		case *ast.ValueSpec:
			r.values(s)
		}
	}
}

func (r reader) add(p part) {
	for _, n := range p.names {
		r.k.Names = append(r.k.Names, n.key)
	}
	r.k.parts = append(r.k.parts, p)
}

// line is a spec with its comments and the semicolon behind it.
func (r reader) line(s ast.Node, doc *ast.CommentGroup) span {
	at := r.span(s)
	if doc != nil {
		at.from = r.span(doc).from
	}
	rest := r.c.Source[at.to:r.k.End]
	if after := strings.TrimLeft(rest, " \t\r"); strings.HasPrefix(after, ";") {
		at.to += len(rest) - len(after) + 1
	}
	return at
}

// values takes down a line of var or const.
func (r reader) values(s *ast.ValueSpec) {
	line := r.line(s, s.Doc)
	if r.k.Kind == Var && (len(s.Names) == 1 || len(s.Values) == 1) {
		p := part{spec: line}
		for _, n := range s.Names {
			p.names = append(p.names, r.name(n, s))
		}
		r.add(p)
		return
	}
	for i, n := range s.Names {
		p := part{names: []name{r.name(n, s)}, spec: line}
		if r.k.Kind == Var {
			p.alone = []span{r.span(n), {}, {}}
			if s.Type != nil {
				p.alone[1] = r.span(s.Type)
			}
			if i < len(s.Values) {
				p.alone[2] = r.span(s.Values[i])
			}
		}
		r.add(p)
	}
}

var lastWord = regexp.MustCompile(`\w+\s*$`)

// imported takes down one import. GoNB's key is the last word of the path, also where the package's name is another.
func (r reader) imported(s *ast.ImportSpec) {
	path, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return
	}
	spec := &ImportSpec{Path: path}
	spec.Line, spec.Col = r.c.position(r.span(s).from)
	id := packageName(path)
	key := lastWord.FindString(path)
	if key == "" {
		key = path
	}
	if s.Name != nil {
		spec.Name = s.Name.Name
		id, key = spec.Name, spec.Name
		switch spec.Name {
		case ".":
			id, key = ".~"+path, ".~"+path
		case "_":
			id = "_ " + path
		}
	}
	r.add(part{names: []name{{id, key, r.span(s)}}, imp: spec})
}

var version = regexp.MustCompile(`(/v[0-9]+|\.v[0-9]+)$`)

// packageName guesses a package's name from its path.
func packageName(path string) string {
	trimmed := version.ReplaceAllString(path, "")
	if word := lastWord.FindString(trimmed); word != "" {
		return word
	}
	return path
}

// function takes down a func declaration; GoNB's key of a method holds its receiver as GoNB reads it.
func (r reader) function(d *ast.FuncDecl) {
	n := r.name(d.Name, d)
	if d.Recv != nil && len(d.Recv.List) > 0 {
		receiver := d.Recv.List[0].Type
		key := "unknown"
		switch t := receiver.(type) {
		case *ast.Ident:
			key = t.Name
		case *ast.StarExpr:
			key = r.text(t.X)
		}
		n.id, n.key = baseType(receiver)+"~"+d.Name.Name, key+"~"+d.Name.Name
	} else if d.Name.Name == "main" {
		r.c.HasMain = true
		if d.Body != nil {
			r.k.rbrace = int(d.Body.Rbrace) - r.shift
		}
	}
	r.add(part{names: []name{n}})
}

// baseType is the name of a receiver's type.
func baseType(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		default:
			return "unknown"
		}
	}
}

func (r reader) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		r.k.expression = true
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			return
		}
		for _, left := range s.Lhs {
			if n, ok := left.(*ast.Ident); ok && n.Name != "_" {
				r.k.Names = append(r.k.Names, n.Name)
			}
		}
	}
}

// uses are the names that a declaration mentions, other than as what it declares, or as names of fields, parameters or parts of packages.
func uses(root ast.Node) []string {
	var names []string
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			names = append(names, n.Name)
		case *ast.SelectorExpr:
			names = append(names, uses(n.X)...)
			return false
		case *ast.Field:
			names = append(names, uses(n.Type)...)
			return false
		case *ast.TypeSpec:
			if n.TypeParams != nil {
				names = append(names, uses(n.TypeParams)...)
			}
			names = append(names, uses(n.Type)...)
			return false
		case *ast.ValueSpec:
			if n.Type != nil {
				names = append(names, uses(n.Type)...)
			}
			for _, v := range n.Values {
				names = append(names, uses(v)...)
			}
			return false
		}
		return true
	})
	return names
}
