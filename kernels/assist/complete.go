package assist

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// list gathers matches.
type list struct {
	prefix string
	found  []ranked
	seen   map[string]bool
}

// ranked is a match with its distance: 0 is what the cursor is nearest to.
type ranked struct {
	Match
	distance int
}

// add takes a match that begins as typed, unless a nearer one hides it.
func (l *list) add(distance int, m Match) {
	if len(m.Text) < len(l.prefix) || !strings.EqualFold(m.Text[:len(l.prefix)], l.prefix) || m.Text == "_" || strings.HasSuffix(m.Text, placeholder) {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	if l.seen[m.Text] {
		return
	}
	l.seen[m.Text] = true
	l.found = append(l.found, ranked{m, distance})
}

// sorted is the matches, those first whose letters are as typed, then the nearest.
func (l *list) sorted() []Match {
	slices.SortFunc(l.found, func(a, b ranked) int {
		return cmp.Or(l.otherCase(a)-l.otherCase(b), a.distance-b.distance, strings.Compare(a.Text, b.Text))
	})
	matches := make([]Match, 0, min(len(l.found), most))
	for _, r := range l.found[:min(len(l.found), most)] {
		matches = append(matches, r.Match)
	}
	return matches
}

func (l *list) otherCase(r ranked) int {
	if strings.HasPrefix(r.Text, l.prefix) {
		return 0
	}
	return 1
}

// paths completes an import path, by its beginning or by the beginning of its last part.
func (w world) paths(typed string) []Match {
	var found []ranked
	for _, p := range w.importable() {
		switch {
		case strings.HasPrefix(p.path, typed):
			found = append(found, ranked{Match{p.path, "module", "package " + p.name}, 0})
		case strings.HasPrefix(path.Base(p.path), typed):
			found = append(found, ranked{Match{p.path, "module", "package " + p.name}, 1})
		}
	}
	slices.SortFunc(found, func(a, b ranked) int { return cmp.Or(a.distance-b.distance, strings.Compare(a.Text, b.Text)) })
	l := list{found: found}
	return l.sorted()
}

// names completes the name that begins at start.
func (w world) names(t *text, start int) []Match {
	prefix := t.source[start:t.cursor]
	typed := append(slices.Clone(t.code[:t.cursor]), placeholder...)
	regions := []region{{code: completed(typed, "")}}
	if rest := following(t); rest < len(t.code) {
		regions = append(regions, region{code: completed(t.code[rest:], t.open), from: rest, declarations: true})
	}
	c := w.check(t.source, regions)
	at := func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Name == prefix+placeholder
	}
	around := c.enclosing(at)
	if around == nil { // the parser gave up before it: the operand alone may do
		operand := operandBefore(t.code[:start])
		typed = append(append([]byte("_ = "), t.code[operand:t.cursor]...), placeholder...)
		c = w.check(t.source, append([]region{{code: completed(t.code[:operand], "")}, {code: completed(typed, ""), from: operand}}, regions[1:]...))
		if around = c.enclosing(at); around == nil {
			return nil
		}
	}
	found := list{prefix: prefix}
	w.fill(c, around, &found)
	return found.sorted()
}

// following is where the first declaration begins that stands below the cursor's line, at the left margin.
func following(t *text) int {
	for i := lineEnd(t.source, t.cursor) + 1; i < len(t.code); i = lineEnd(t.source, i) + 1 {
		for _, word := range []string{"func ", "type ", "var ", "const "} {
			if strings.HasPrefix(string(t.code[i:min(len(t.code), i+8)]), word) {
				return i
			}
		}
	}
	return len(t.code)
}

// operandBefore is where the expression begins that ends in code, as f(x).y in a + f(x).y.
func operandBefore(code []byte) int {
	toks := tokens(code)
	depth := 0
	for i, t := range slices.Backward(toks) {
		switch t.Token {
		case token.RPAREN, token.RBRACK:
			depth++
		case token.LPAREN, token.LBRACK:
			if depth--; depth < 0 {
				return t.at + 1
			}
		case token.PERIOD:
		case token.IDENT:
			if depth == 0 && (i == 0 || toks[i-1].Token != token.PERIOD) {
				return t.at
			}
		default:
			if depth == 0 {
				return t.at + 1
			}
		}
	}
	return 0
}

// fill lists what can stand where the last of the nodes stands, by the nodes around it.
func (w world) fill(c *checked, around []ast.Node, found *list) {
	id := around[len(around)-1].(*ast.Ident)
	parent := around[len(around)-2]
	switch p := parent.(type) {
	case *ast.SelectorExpr:
		if p.Sel == id {
			w.selection(c, p.X, found)
			return
		}
	case *ast.BranchStmt:
		labels(around, found)
		return
	case *ast.ImportSpec, *ast.File:
		return
	case *ast.CompositeLit:
		if c.keys(p, found) {
			return
		}
	case *ast.KeyValueExpr:
		if lit, ok := around[len(around)-3].(*ast.CompositeLit); ok && p.Key == id && c.keys(lit, found) {
			return
		}
	}
	if obj, defines := c.info.Defs[id]; defines {
		if field, ok := obj.(*types.Var); !ok || !field.Embedded() {
			return // a new name is anyone's guess
		}
	}
	w.visible(c, id.Pos(), found)
}

// visible lists the names that can be used at a position.
func (w world) visible(c *checked, pos token.Pos, found *list) {
	inner := c.pkg.Scope().Innermost(pos)
	for scope := inner; scope != nil; scope = scope.Parent() {
		distance := c.distance(scope)
		for _, name := range scope.Names() {
			if _, obj := scope.LookupParent(name, pos); obj != nil && (distance > 0 || obj.Parent() == scope) {
				found.add(distance, match(obj, c.pkg))
			}
		}
	}
	if inner == nil {
		for _, scope := range []*types.Scope{c.pkg.Scope(), types.Universe} {
			for _, name := range scope.Names() {
				found.add(c.distance(scope), match(scope.Lookup(name), c.pkg))
			}
		}
	}
	if found.prefix == "" {
		return // keywords and all packages there are would drown the rest
	}
	for word := range keywords {
		found.add(4, Match{Text: word, Kind: "keyword"})
	}
	for _, p := range w.importable() {
		found.add(5, Match{Text: p.name, Kind: "module", Signature: p.path})
	}
}

// distance ranks a scope: locals, what cells define, imports, and what is always there.
func (c *checked) distance(scope *types.Scope) int {
	switch {
	case scope == types.Universe:
		return 3
	case scope == c.pkg.Scope():
		return 1
	case scope.Parent() == c.pkg.Scope():
		return 2
	}
	return 0
}

// labels lists the labels of the statements around.
func labels(around []ast.Node, found *list) {
	for _, n := range around {
		if l, ok := n.(*ast.LabeledStmt); ok {
			found.add(0, Match{Text: l.Label.Name, Kind: "keyword", Signature: "label"})
		}
	}
}
