package assist

import (
	"go/ast"
	"go/constant"
	"go/types"
)

// selection lists what can stand behind an expression and a dot.
func (w world) selection(c *checked, x ast.Expr, found *list) {
	if id, ok := x.(*ast.Ident); ok {
		if name, ok := c.info.Uses[id].(*types.PkgName); ok {
			scope := name.Imported().Scope()
			for _, member := range scope.Names() {
				if ast.IsExported(member) {
					found.add(0, match(scope.Lookup(member), c.pkg))
				}
			}
			return
		}
	}
	tv := c.info.Types[x]
	if t := c.typeOf(x); t != nil {
		c.members(t, tv.IsType(), tv.Addressable() || !tv.IsValue(), found)
	}
}

// typeOf is the type of an expression. A variable that was given too many values, as in run := Open() where Open returns an error too, has that of the first.
func (c *checked) typeOf(x ast.Expr) types.Type {
	t := c.info.TypeOf(x)
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		t = tuple.At(0).Type()
	}
	if t != nil && t != types.Typ[types.Invalid] {
		return t
	}
	id, ok := x.(*ast.Ident)
	if !ok || c.info.Uses[id] == nil {
		return nil
	}
	variable := c.info.Uses[id]
	ast.Inspect(c.file, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Rhs) != 1 || len(assign.Lhs) == 0 {
			return true
		}
		tuple, ok := c.info.TypeOf(assign.Rhs[0]).(*types.Tuple)
		for i, left := range assign.Lhs {
			if name, isName := left.(*ast.Ident); ok && isName && c.info.Defs[name] == variable && i < tuple.Len() {
				t = tuple.At(i).Type()
			}
		}
		return true
	})
	if t == types.Typ[types.Invalid] {
		return nil
	}
	return t
}

// members lists the fields and methods of a type, the nearest first: those of embedded fields come after its own.
func (c *checked) members(t types.Type, isType, addressable bool, found *list) {
	add := func(obj types.Object, depth int) {
		if obj.Exported() || obj.Pkg() == c.pkg {
			found.add(depth, match(obj, c.pkg))
		}
	}
	methods := t
	if _, isInterface := t.Underlying().(*types.Interface); addressable && !isInterface {
		if _, isPointer := t.Underlying().(*types.Pointer); !isPointer {
			methods = types.NewPointer(t)
		}
	}
	set := types.NewMethodSet(methods)
	for i := range set.Len() {
		add(set.At(i).Obj(), len(set.At(i).Index())-1)
	}
	if isType {
		return
	}
	level := []types.Type{t}
	seen := map[types.Type]bool{}
	for depth := 0; len(level) > 0 && depth < 10; depth++ { // a generic type can embed ever larger ones
		var next []types.Type
		for _, t := range level {
			if p, ok := t.Underlying().(*types.Pointer); ok {
				t = p.Elem()
			}
			s, ok := t.Underlying().(*types.Struct)
			if !ok || seen[t] {
				continue
			}
			seen[t] = true
			for f := range s.Fields() {
				add(f, depth)
				if f.Embedded() {
					next = append(next, f.Type())
				}
			}
		}
		level = next
	}
}

// keys lists the fields that a struct literal does not set yet. It is false when they are no answer, as in a list of values.
func (c *checked) keys(lit *ast.CompositeLit, found *list) bool {
	t := c.info.TypeOf(lit)
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok { // elided in a list of pointers
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	set := map[string]bool{}
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				set[key.Name] = true
			}
		}
	}
	for f := range s.Fields() {
		if !set[f.Name()] && (f.Exported() || f.Pkg() == c.pkg) {
			found.add(-1, match(f, c.pkg))
		}
	}
	return len(set) > 0
}

// match shows an object.
func match(obj types.Object, here *types.Package) Match {
	m := Match{Text: obj.Name(), Kind: "variable", Signature: types.TypeString(obj.Type(), beside(here))}
	switch obj := obj.(type) {
	case *types.Func:
		m.Kind = "function"
		if obj.Signature().Recv() != nil {
			m.Kind = "method"
		}
	case *types.Builtin:
		m.Kind, m.Signature = "function", "builtin"
	case *types.Var:
		if obj.IsField() {
			m.Kind = "field"
		}
	case *types.Const:
		m.Kind = "constant"
		if v := obj.Val(); v != nil && v.Kind() != constant.Unknown {
			m.Signature += " = " + v.String()
		}
	case *types.Nil:
		m.Kind, m.Signature = "constant", ""
	case *types.TypeName:
		m.Kind, m.Signature = "type", shape(obj.Type().Underlying(), here)
	case *types.PkgName:
		m.Kind, m.Signature = "module", obj.Imported().Path()
	}
	return m
}

// shape is what kind of type a type is.
func shape(t types.Type, here *types.Package) string {
	switch t := t.(type) {
	case *types.Struct:
		return "struct"
	case *types.Interface:
		return "interface"
	default:
		return types.TypeString(t, beside(here))
	}
}

// beside names packages by their name, as code does, and not the one that the cell belongs to.
func beside(here *types.Package) types.Qualifier {
	return func(p *types.Package) string {
		if p == here {
			return ""
		}
		return p.Name()
	}
}
