package build

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"
)

// doubt is how far a change must lie before the moment of looking: clocks of file systems tick coarsely, and a second change within a tick leaves no trace.
const doubt = 50 * time.Millisecond

// closure is the packages of those paths and all that they depend on, as far as the index has them, each after the ones that it imports.
func (ix *index) closure(paths ...string) (all []*entry) {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		if e := ix.Packages[path]; e != nil {
			for _, imported := range e.Imports {
				visit(imported)
			}
			all = append(all, e)
		}
	}
	for _, path := range paths {
		visit(path)
	}
	return all
}

// stale says whether a package must be listed again: it was not compiled, its files changed, or the compiled one is gone from the build cache.
func (e *entry) stale() bool {
	if e.Path == "unsafe" {
		return false
	}
	if e.Export == "" || e.Local && e.Print == "" || !exists(e.Export) {
		return true
	}
	if !e.Local {
		return false
	}
	now, _ := fingerprint(e.Dir, e.Embeds)
	return now != e.Print
}

// fresh is the index with the packages of those paths, and all that they depend on, up to date. Packages that do not exist, or cannot be compiled, are left as they are:
// their entry is missing or has no Export.
func (b *Builder) fresh(ctx context.Context, ix *index, paths ...string) (*index, error) {
	if len(ix.wanting(paths)) == 0 {
		return ix, nil
	}
	ws, err := b.workspace(*b.dir.Load())
	if err != nil {
		return nil, err
	}
	return b.listIn(ctx, ws, ix, func(now *index) []string { return now.wanting(paths) })
}

// listIn lists the packages that are wanting when it is this caller's turn, and puts them into the index.
func (b *Builder) listIn(ctx context.Context, ws *workspace, ix *index, wanting func(*index) []string) (*index, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case b.lister <- struct{}{}:
		defer func() { <-b.lister }()
	}
	if now := b.index.Load(); now.matches(ws) { // somebody else may have done the work
		ix = now
	}
	patterns := wanting(ix)
	if len(patterns) == 0 {
		return ix, nil
	}
	dir, err := ws.dir, error(nil)
	if dir == "" {
		if dir, err = b.scaffold(ctx, ws); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	start := time.Now()
	all, err := b.list(ctx, dir, true, true, patterns...)
	if err != nil {
		return nil, err
	}
	direct := directModules(append(ws.roots, dir))
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.index.Load()
	if !now.matches(ws) {
		return ix.merge(all, direct, start), nil
	}
	next := now.merge(all, direct, start)
	b.index.Store(next)
	b.wg.Go(func() { b.save(next) })
	return next, nil
}

// wanting are the paths whose packages, or what they depend on, are stale.
func (ix *index) wanting(paths []string) (wanting []string) {
	stale := map[string]bool{}
	for _, e := range ix.closure(paths...) {
		// an entry comes after those that it imports; one that is missing was deleted
		stale[e.Path] = e.stale() || slices.ContainsFunc(e.Imports, func(path string) bool { return stale[path] || ix.Packages[path] == nil })
	}
	for _, path := range paths {
		if e := ix.Packages[path]; (e == nil || stale[path]) && path != "unsafe" && path != "C" && path != "" {
			wanting = append(wanting, path)
		}
	}
	return wanting
}

// rescan is the index with packages that were added to the workspace's modules since it was made.
func (b *Builder) rescan(ctx context.Context) error {
	ix, err := b.indexed(ctx)
	if err != nil {
		return err
	}
	ws, err := b.workspace(*b.dir.Load())
	if err != nil {
		return err
	}
	dirs := goDirs(ws.roots)
	var added []string
	for _, dir := range dirs {
		if _, known := slices.BinarySearch(ix.Dirs, dir); !known {
			added = append(added, dir)
		}
	}
	if len(added) == 0 {
		return nil
	}
	if ix, err = b.listIn(ctx, ws, ix, func(*index) []string { return added }); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.index.Load() == ix {
		scanned := *ix
		scanned.Dirs = dirs
		b.index.Store(&scanned)
	}
	return nil
}

// Package is the package of that path, brought up to date.
func (b *Builder) Package(path string) (*Package, bool) {
	ix, err := b.indexed(b.ctx)
	if err == nil {
		ix, err = b.fresh(b.ctx, ix, path)
	}
	if err != nil || ix.Packages[path] == nil {
		return nil, false
	}
	return ix.Packages[path].Package, true
}

// Packages are all importable packages, by path. Those of modules that are required and not used yet are not compiled.
func (b *Builder) Packages() (all []*Package) {
	ix, err := b.indexed(b.ctx)
	if err != nil {
		return nil
	}
	for _, e := range ix.Packages {
		all = append(all, e.Package)
	}
	for _, p := range ix.Near {
		if ix.Packages[p.Path] == nil {
			all = append(all, p)
		}
	}
	all = slices.DeleteFunc(all, func(p *Package) bool { return !importable(p) })
	slices.SortFunc(all, func(a, b *Package) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// importable says whether a cell's program may import a package.
func importable(p *Package) bool {
	if p.Name == "main" || p.Name == "" {
		return false
	}
	for element := range strings.SplitSeq(p.Path, "/") {
		if element == "internal" || element == "vendor" {
			return false
		}
	}
	return true
}

// preferred come before others with their name.
var preferred = []string{"math/rand/v2", "math/rand", "text/template", "text/scanner", "runtime/pprof", "encoding/json", "image/draw"}

// Named are the importable packages with that name, best first: Go's own, the module's, those of modules that it requires, others.
func (b *Builder) Named(name string) (all []*Package) {
	ix, err := b.indexed(b.ctx)
	if err != nil {
		return nil
	}
	rank := map[string]int{}
	for _, e := range ix.Packages {
		if e.Name == name && importable(e.Package) {
			all = append(all, e.Package)
			rank[e.Path] = e.Rank
		}
	}
	for _, p := range ix.Near {
		if p.Name == name && ix.Packages[p.Path] == nil && importable(p) {
			all = append(all, p)
			rank[p.Path] = 2
		}
	}
	slices.SortFunc(all, func(a, b *Package) int {
		if d := rank[a.Path] - rank[b.Path]; d != 0 {
			return d
		}
		if d := preference(a.Path) - preference(b.Path); d != 0 {
			return d
		}
		if d := len(a.Path) - len(b.Path); d != 0 {
			return d
		}
		return strings.Compare(a.Path, b.Path)
	})
	return all
}

func preference(path string) int {
	if i := slices.Index(preferred, path); i >= 0 {
		return i
	}
	return len(preferred)
}
