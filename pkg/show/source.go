package show

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/curious-go/curious/pkg/home"
)

// Source displays source code as it stands in the checkout: of a package's folder or a file (a path from the top of the checkout), the declarations named,
// as "Config", "New" or "Gated.Logits", with their comments. A file without names is shown whole.
//
//	show.Source("pkg/autoregressive/pixelcnn", "Gated.Logits")
func Source(path string, names ...string) error {
	text, err := sourceMarkdown(path, names)
	if err != nil {
		return fmt.Errorf("show: showing source: %w", err)
	}
	return Markdown(text)
}

// sourceMarkdown is source code as fenced Markdown, below the line that says where it stands.
func sourceMarkdown(path string, names []string) (string, error) {
	full := path
	if !filepath.IsAbs(path) {
		root, err := home.Root()
		if err != nil {
			return "", err
		}
		full = filepath.Join(root, path)
	}
	info, err := os.Stat(full)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s in the checkout", path)
	}
	if err != nil {
		return "", err
	}
	if len(names) == 0 && !info.IsDir() {
		text, err := os.ReadFile(full)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("`%s`\n\n%s", path, fenced(string(text))), nil
	}
	found, err := declarations(full, path, info.IsDir())
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("%s is a folder: name what to show: %s", path, strings.Join(slices.Sorted(maps.Keys(found)), ", "))
	}
	var b strings.Builder
	for i, name := range names {
		d, ok := found[name]
		if !ok {
			return "", fmt.Errorf("%s has no %s: it has %s", path, name, strings.Join(nearest5(name, found), ", "))
		}
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "`%s`, line %d\n\n%s", d.file, d.line, fenced(d.text))
	}
	return b.String(), nil
}

// fenced is code as Markdown shows it, in a fence longer than any in the code.
func fenced(code string) string {
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	return fence + "go\n" + strings.TrimRight(code, "\n") + "\n" + fence + "\n"
}

// declaration is a piece of source: its text, and where it stands.
type declaration struct {
	text, file string
	line       int
}

// declarations are all named things of a file, or of a folder's files other than tests.
func declarations(full, path string, folder bool) (map[string]declaration, error) {
	files := []string{full}
	if folder {
		entries, err := os.ReadDir(full)
		if err != nil {
			return nil, err
		}
		files = nil
		for _, e := range entries {
			if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				files = append(files, filepath.Join(full, name))
			}
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s has no Go files", path)
		}
	}
	found := map[string]declaration{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		shown := path
		if folder {
			shown = filepath.ToSlash(filepath.Join(path, filepath.Base(name)))
		}
		add := func(name, keyword string, doc *ast.CommentGroup, node ast.Node) {
			from, to := set.Position(node.Pos()), set.Position(node.End()).Offset
			// A comment on the last line belongs to it.
			if end := strings.IndexByte(string(text[to:]), '\n'); end >= 0 && strings.HasPrefix(strings.TrimSpace(string(text[to:to+end])), "//") {
				to += end
			}
			code := keyword + string(text[from.Offset:to])
			if doc != nil {
				code = string(text[set.Position(doc.Pos()).Offset:set.Position(doc.End()).Offset]) + "\n" + code
			}
			if keyword != "" {
				code = strings.ReplaceAll(code, "\n\t", "\n") // It stood in a group, indented.
			}
			found[name] = declaration{code, shown, from.Line}
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil && len(d.Recv.List) == 1 {
					name = receiver(d.Recv.List[0].Type) + "." + name
				}
				add(name, "", d.Doc, d)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					node, doc, keyword := ast.Node(d), d.Doc, ""
					var names []*ast.Ident
					switch s := s.(type) {
					case *ast.TypeSpec:
						names = []*ast.Ident{s.Name}
						if d.Lparen.IsValid() {
							node, doc, keyword = s, s.Doc, "type "
						}
					case *ast.ValueSpec:
						names = s.Names // A group of values is shown whole: its members explain each other.
					}
					for _, n := range names {
						if n.Name != "_" {
							add(n.Name, keyword, doc, node)
						}
					}
				}
			}
		}
	}
	return found, nil
}

// receiver is the name of a method's type.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

// nearest5 are the names that a wrong one was perhaps meant to be, the nearest first.
func nearest5(name string, found map[string]declaration) []string {
	names := slices.Collect(maps.Keys(found))
	far := func(s string) int {
		d := edits(strings.ToLower(name), strings.ToLower(s))
		if _, method, ok := strings.Cut(s, "."); ok {
			d = min(d, 1+edits(strings.ToLower(name), strings.ToLower(method))) // The type forgotten.
		}
		return d
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(far(a)-far(b), cmp.Compare(a, b)) })
	return names[:min(5, len(names))]
}

// edits is Levenshtein's distance: how many letters to insert, delete or replace.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, corner+cost)
		}
	}
	return row[len(b)]
}
