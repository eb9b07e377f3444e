package assist

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// subject is what Inspect explains.
type subject struct {
	title     string // the name, where there is no signature
	signature string // Go code
	isType    bool   // its declaration says more than its signature
	doc       string // a doc comment as it is written
	where     string
	source    string

	pkg, key string // where to find its comment: the package's path ("main" for cells) and the entry in its folder
	about    string // the type whose comment explains a variable
	cells    []*folder
}

// subject finds what stands at the cursor: the name it touches, else the function whose arguments it stands in, or the type whose literal.
func (w world) subject(t *text) subject {
	start, end := t.cursor, t.cursor
	if t.place == inCode {
		start, end = t.identifier()
		if doc, ok := keywords[t.source[start:end]]; ok {
			return subject{title: t.source[start:end], doc: doc, where: "keyword of Go"}
		}
	}
	// First the whole cell; where that is too broken, the part before the cursor.
	for _, code := range [][]byte{completed(t.code, t.open), completed(t.code[:end], "")} {
		c := w.check(t.source, []region{{code: code}})
		if t.place == inString && t.inImport() {
			from, to := t.content()
			return subject{pkg: t.source[from:to], signature: "import \"" + t.source[from:to] + "\""}
		}
		if start < end {
			if s := w.name(c, start, t.source[start:end]); s.signature != "" {
				return s
			}
		}
		if s := w.call(c, t.cursor); s.signature != "" {
			return s
		}
	}
	return subject{}
}

// name explains an identifier at an offset of the cell.
func (w world) name(c *checked, offset int, name string) subject {
	pos := c.pos(offset)
	around := c.enclosing(func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Pos() == pos && id.Name == name
	})
	if around == nil {
		return w.unknown(c, name)
	}
	if s := w.identifier(c, around); s.signature != "" {
		return s
	}
	return w.unknown(c, name)
}

// unknown explains a name that the type checker has no object for: a package that is not imported.
func (w world) unknown(c *checked, name string) subject {
	if obj := c.pkg.Scope().Lookup(name); obj != nil {
		return w.object(c, obj, "")
	}
	if path := w.best(name, nil); path != "" {
		return packageSubject(path, name)
	}
	return subject{}
}

func packageSubject(path, name string) subject {
	return subject{pkg: path, signature: "package " + name + " // import \"" + path + "\""}
}

// pos is a position in the program for an offset of the cell.
func (c *checked) pos(offset int) token.Pos {
	at := c.at(offset)
	if at < 0 {
		return token.NoPos
	}
	return c.file.FileStart + token.Pos(at)
}

// call explains the function whose call, or the type whose literal, is nearest around an offset.
func (w world) call(c *checked, offset int) subject {
	pos := c.pos(offset)
	if pos == token.NoPos {
		return subject{}
	}
	var nearest []ast.Node
	var stack []ast.Node
	ast.Inspect(c.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return false
		}
		stack = append(stack, n)
		switch n := n.(type) {
		case *ast.CallExpr:
			if n.Lparen < pos && pos <= n.Rparen {
				nearest = append(append([]ast.Node(nil), stack...), n.Fun)
			}
		case *ast.CompositeLit:
			if n.Type != nil && n.Lbrace < pos && pos <= n.Rbrace {
				nearest = append(append([]ast.Node(nil), stack...), n.Type)
			}
		case *ast.BlockStmt:
			if n.Lbrace < pos && pos <= n.Rbrace {
				nearest = nil // a function's body is not an argument
			}
		}
		return true
	})
	for len(nearest) > 0 {
		last := nearest[len(nearest)-1]
		switch e := last.(type) {
		case *ast.Ident:
			return w.identifier(c, nearest)
		case *ast.SelectorExpr:
			nearest = append(nearest, e.Sel)
		case *ast.ParenExpr:
			nearest = append(nearest, e.X)
		case *ast.IndexExpr:
			nearest = append(nearest, e.X)
		case *ast.IndexListExpr:
			nearest = append(nearest, e.X)
		case ast.Expr:
			if t := c.info.TypeOf(e); t != nil && t != types.Typ[types.Invalid] {
				return subject{signature: types.TypeString(t, beside(c.pkg))}
			}
			return subject{}
		}
	}
	return subject{}
}

// identifier explains the last of nested nodes.
func (w world) identifier(c *checked, around []ast.Node) subject {
	id := around[len(around)-1].(*ast.Ident)
	obj := c.info.ObjectOf(id)
	owner := ""
	if len(around) > 1 {
		switch p := around[len(around)-2].(type) {
		case *ast.SelectorExpr:
			if selection := c.info.Selections[p]; selection != nil && p.Sel == id {
				obj, owner = selection.Obj(), ownerOf(selection)
			}
		case *ast.KeyValueExpr:
			if lit, ok := around[len(around)-3].(*ast.CompositeLit); ok && p.Key == id {
				owner = typeName(c.info.TypeOf(lit))
			}
		case *ast.Field:
			for _, n := range around {
				if spec, ok := n.(*ast.TypeSpec); ok {
					owner = spec.Name.Name
				}
			}
		case *ast.File:
			return packageSubject(id.Name, id.Name)
		}
	}
	if obj == nil {
		return subject{}
	}
	s := w.object(c, obj, owner)
	if v, ok := obj.(*types.Var); ok && !v.IsField() && s.signature != "" {
		if t := c.typeOf(id); t != nil { // also that of a variable given too many values
			s.signature = "var " + v.Name() + " " + types.TypeString(t, beside(c.pkg))
		}
	}
	return s
}

// ownerOf is the name of the type that a selected field or method belongs to: an embedded one's when it is promoted.
func ownerOf(s *types.Selection) string {
	t := s.Recv()
	if s.Kind() != types.FieldVal {
		if recv := s.Obj().(*types.Func).Signature().Recv(); recv != nil {
			return typeName(recv.Type())
		}
		return ""
	}
	for _, i := range s.Index()[:len(s.Index())-1] {
		if fields := structOf(t); fields != nil {
			t = fields.Field(i).Type()
		}
	}
	return typeName(t)
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}

// typeName is the name of a type or of what it points to, or "".
func typeName(t types.Type) string {
	if obj := typeObject(t); obj != nil {
		return obj.Name()
	}
	return ""
}

func typeObject(t types.Type) *types.TypeName {
	if t == nil {
		return nil
	}
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		return typeObject(t.Elem())
	case *types.Named:
		return t.Obj()
	}
	return nil
}

// object explains an object; owner is the type that a field belongs to.
func (w world) object(c *checked, obj types.Object, owner string) subject {
	if name, ok := obj.(*types.PkgName); ok {
		return packageSubject(name.Imported().Path(), name.Imported().Name())
	}
	s := subject{pkg: "builtin", key: obj.Name(), signature: types.ObjectString(obj, beside(c.pkg))}
	if obj.Pkg() != nil {
		s.pkg = obj.Pkg().Path()
	}
	switch obj := obj.(type) {
	case *types.Func:
		if recv := obj.Signature().Recv(); recv != nil {
			s.key = typeName(recv.Type()) + "." + obj.Name()
		}
		s.signature = signature(obj, c.pkg)
	case *types.Var:
		s.signature = "var " + obj.Name() + " " + types.TypeString(obj.Type(), beside(c.pkg))
		if obj.IsField() {
			s.signature = strings.Replace(s.signature, "var", "field", 1)
			s.key = owner + "." + obj.Name()
		} else if name := typeObject(obj.Type()); name != nil && name.Pkg() != nil {
			s.about = name.Pkg().Path() + " " + name.Name()
		}
	case *types.Const:
		if v := obj.Val(); v != nil {
			s.signature = "const " + obj.Name() + " " + types.TypeString(obj.Type(), beside(c.pkg)) + " = " + v.String()
		}
	case *types.TypeName:
		s.isType = true
	case *types.Builtin:
		s.signature = "func " + obj.Name()
		s.isType = true
	}
	if obj.Pkg() == c.pkg {
		c.standing(&s, obj)
	}
	return s
}

// signature is a function's declaration.
func signature(fn *types.Func, here *types.Package) string {
	var b strings.Builder
	b.WriteString("func ")
	sig := fn.Signature()
	if recv := sig.Recv(); recv != nil {
		b.WriteString("(")
		if recv.Name() != "" && recv.Name() != "_" {
			b.WriteString(recv.Name() + " ")
		}
		b.WriteString(types.TypeString(recv.Type(), func(p *types.Package) string {
			if p == fn.Pkg() {
				return ""
			}
			return p.Name()
		}) + ") ")
	}
	b.WriteString(fn.Name())
	b.WriteString(strings.TrimPrefix(types.TypeString(sig, beside(here)), "func"))
	return b.String()
}
