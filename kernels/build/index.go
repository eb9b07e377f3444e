package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/renameio/v2"
)

// index is what is known of the packages that a workspace sees. It is never changed, but replaced by a newer one.
type index struct {
	Base, Own string            // the workspace it was made for
	Vars      map[string]string // go env
	Tools     string            // stamps of the compiler and the linker
	Plan      plan
	Packages  map[string]*entry
	Near      []*Package        // of required modules that the workspace itself does not use, not compiled
	Mods      map[string]string // stamps of the go.mod files of replaced modules
	Dirs      []string          // folders of the workspace's modules that hold Go files

	epoch int // counts the times that a compiled package was replaced by another
}

// entry is a package with what is needed to see whether it is fresh and to link it.
type entry struct {
	*Package
	Embeds []string `json:",omitempty"`
	Print  string   `json:",omitempty"` // of a local package
	Module *module  `json:",omitempty"`
	Rank   int      // 0 Go's own, 1 the workspace's, 2 of a module that it requires, 3 others
}

// making is an index on its way.
type making struct {
	done chan struct{}
	err  error
}

// indexed is the index for the folder in use: the one in memory, else the one on disk, else one made now.
func (b *Builder) indexed(ctx context.Context) (*index, error) {
	ws, err := b.workspace(*b.dir.Load())
	if err != nil {
		return nil, err
	}
	if ix := b.ready(ws); ix != nil {
		return ix, nil
	}
	return b.made(ctx, ws)
}

// made is the workspace's index once it has been made.
func (b *Builder) made(ctx context.Context, ws *workspace) (*index, error) {
	m := b.make(ws)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-m.done:
	}
	if ix := b.index.Load(); m.err == nil && ix.matches(ws) {
		return ix, nil
	}
	return nil, fmt.Errorf("build: listing the packages: %w", cmpErr(m.err))
}

func cmpErr(err error) error {
	if err == nil {
		return errors.New("go.mod or go.work changed meanwhile")
	}
	return err
}

// complete says whether everything has been compiled that an index holds when it is new.
func (ix *index) complete() bool { return ix.Plan.Compile != nil || ix.Plan.Why != "" }

// matches says whether an index is that of a workspace, its modules' own requirements included.
func (ix *index) matches(ws *workspace) bool {
	if ix == nil || ix.Base != ws.base || ws.own != "" && ix.Own != ws.own || ix.Tools != toolStamps(ix.Vars["GOTOOLDIR"]) {
		return false
	}
	for file, was := range ix.Mods {
		if stamp(file) != was {
			return false
		}
	}
	return true
}

// toolStamps tell whether the compiler or the linker was replaced, as an update of Go does while a kernel runs.
func toolStamps(dir string) string {
	return stamp(filepath.Join(dir, "compile")) + " " + stamp(filepath.Join(dir, "link"))
}

// refresh is the age at which an index is made again in the background: what the go command has not asked for in five days it deletes from the build cache.
const refresh = 24 * time.Hour

// ready is the workspace's index if it is in memory or on disk.
func (b *Builder) ready(ws *workspace) *index {
	if ix := b.index.Load(); ix.matches(ws) {
		return ix
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ix := b.index.Load(); ix.matches(ws) {
		return ix
	}
	if b.cache == nil {
		return nil
	}
	own := ws.own
	if own == "" {
		own = "*"
	}
	files, _ := filepath.Glob(filepath.Join(b.cache.dir, "index", ws.base+"-"+own+".json"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		ix := &index{}
		if err != nil || json.Unmarshal(text, ix) != nil || !ix.matches(ws) {
			continue
		}
		b.set(ix)
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > refresh {
			defer b.wg.Go(func() { b.make(ws) })
		}
		return ix
	}
	return nil
}

// set makes ix the index in use; its types are others.
func (b *Builder) set(ix *index) {
	if old := b.index.Load(); old != nil {
		ix.epoch = old.epoch + 1
	}
	b.index.Store(ix)
}

// make starts making the workspace's index unless that is under way.
func (b *Builder) make(ws *workspace) *making {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := ws.base + ws.own
	if m := b.making[key]; m != nil {
		return m
	}
	m := &making{done: make(chan struct{})}
	b.making[key] = m
	b.wg.Go(func() {
		m.err = b.makeIndex(b.ctx, ws)
		b.mu.Lock()
		delete(b.making, key)
		b.mu.Unlock()
		close(m.done)
	})
	return m
}

// makeIndex lists everything: first the names, which is quick and of use at once, then with all that there is to compile.
func (b *Builder) makeIndex(ctx context.Context, ws *workspace) error {
	if b.goCmd == "" {
		return errors.New("no go command on PATH: install Go (https://go.dev/dl)")
	}
	scaffold, err := b.scaffold(ctx, ws)
	if err != nil {
		return err
	}
	defer os.RemoveAll(scaffold)
	at, err := b.workspace(scaffold) // its base and own are those of every folder alike
	if err != nil {
		return err
	}
	ix := &index{Base: at.base, Own: at.own, Packages: map[string]*entry{}, Dirs: goDirs(ws.roots)}
	if ix.Vars, err = b.goEnv(ctx, scaffold); err != nil {
		return err
	}
	ix.Tools = toolStamps(ix.Vars["GOTOOLDIR"])
	patterns := []string{"std"}
	for _, root := range ws.roots {
		patterns = append(patterns, root+"/...")
	}
	direct := directModules(append(ws.roots, scaffold))
	for _, export := range []bool{false, true} {
		start := time.Now()
		all, err := b.list(ctx, scaffold, export, false, patterns...)
		if err != nil {
			return err
		}
		ix = ix.merge(all, direct, start)
		if export {
			ix.Plan = b.plan(ctx, scaffold, ix.Vars)
		} else {
			ix.Near = b.near(ctx, scaffold, slices.Collect(maps.Keys(direct)))
		}
		if now, err := b.workspace(*b.dir.Load()); err == nil && ix.matches(now) {
			b.mu.Lock()
			b.set(ix)
			b.mu.Unlock()
		}
	}
	if ix.Plan.Why == "" { // else the next start asks again
		b.save(ix)
	}
	return nil
}

// save keeps the index for the next start; what cannot be kept is made again.
func (b *Builder) save(ix *index) {
	if b.cache == nil {
		return
	}
	dir := filepath.Join(b.cache.dir, "index")
	text, err := json.Marshal(ix)
	if err != nil || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	_ = renameio.WriteFile(filepath.Join(dir, ix.Base+"-"+ix.Own+".json"), text, 0o644)
	keepNewest(dir, 12)
}
