package assist

import (
	"go/ast"
	"go/types"
	"strings"
	"time"
)

// world is what an answer is made from: the index when it answers in time, and the source of packages for what the index does not have.
type world struct {
	*Assistant
	importer types.Importer // nil without the index
}

// patience is how long a request waits for the index before it is also answered from source; the first answer counts.
const patience = 60 * time.Millisecond

// answer finds an answer with the index, or without it when it does not answer in time.
func answer[T any](a *Assistant, find func(world) T) T {
	fromSource := func() T { return guarded(func() T { return find(world{Assistant: a}) }) }
	if a.packages == nil {
		return fromSource()
	}
	select {
	case a.asking <- struct{}{}:
	default: // the index owes several answers: no use in asking again
		return fromSource()
	}
	found := make(chan T, 2)
	go func() {
		defer func() { <-a.asking }()
		a.packages.Types(func(importer types.Importer) {
			found <- guarded(func() T { return find(world{a, importer}) })
		})
	}()
	select {
	case answer := <-found:
		return answer
	case <-time.After(patience):
		go func() { found <- fromSource() }()
		return <-found
	}
}

// guarded is no answer where the parser or the type checker of the standard library panics: they meet code here that no compiler would be given.
func guarded[T any](find func() T) (found T) {
	defer func() {
		if recover() != nil {
			var none T
			found = none
		}
	}()
	return find()
}

// types is the types of a package: from its export data, or from its source when it has none.
func (w world) types(path string) (*types.Package, error) {
	if w.importer != nil {
		if pkg, err := w.importer.Import(path); err == nil && pkg != nil {
			return pkg, nil
		}
	}
	return w.sources.types(path)
}

// named is the paths of the packages with that name, best first.
func (w world) named(name string) (paths []string) {
	if w.importer != nil {
		for _, p := range w.packages.Named(name) {
			paths = append(paths, p.Path)
		}
	}
	for _, list := range []func() []known{w.sources.list, w.sources.foreign} {
		if len(paths) > 0 {
			break
		}
		for _, p := range list() {
			if p.name == name {
				paths = append(paths, p.path)
			}
		}
	}
	return paths
}

// best is the path of the package with that name that has most of the members, the one being typed among them, or "".
func (w world) best(name string, members []string) (best string) {
	most := -1
	for i, path := range w.named(name) {
		if i == 8 { // so many have one name that a guess is no better than the first
			break
		}
		pkg, err := w.types(path)
		if err != nil {
			continue
		}
		has := 0
		for _, member := range members {
			if typed, ok := strings.CutSuffix(member, placeholder); ok {
				for _, name := range pkg.Scope().Names() {
					if ast.IsExported(name) && strings.HasPrefix(name, typed) {
						has++
						break
					}
				}
			} else if pkg.Scope().Lookup(member) != nil {
				has++
			}
		}
		if has > most {
			best, most = path, has
		}
	}
	return best
}

// importable is all packages that a cell can import, the standard library's and the module's own first.
func (w world) importable() []known {
	all := w.sources.list()
	if w.importer == nil {
		return all
	}
	have := map[string]bool{}
	for _, p := range all {
		have[p.path] = true
	}
	for _, p := range w.packages.Packages() {
		hidden := p.Name == "main" || strings.Contains("/"+p.Path+"/", "/internal/") || strings.Contains("/"+p.Path+"/", "/vendor/")
		if !have[p.Path] && !hidden {
			all = append(all, known{p.Path, p.Name})
		}
	}
	return all
}
