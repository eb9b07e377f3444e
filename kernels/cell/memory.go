package cell

import (
	"maps"
	"slices"
	"strings"
)

// Memory is what the cells executed so far have defined. The zero value is empty and ready; it is not safe for concurrent use.
type Memory struct {
	live   []definition // oldest first
	bodies map[string]int
}

// definition is a part of a chunk that lives. Chunks are never changed, so memories share them.
type definition struct {
	c     *Cell
	k     *Chunk
	part  int
	count int
}

// Definition is a live definition.
type Definition struct {
	Kind      Kind
	Key       string // as %ls lists it: a name, Type~Method for a method
	Cell      int    // execution count of its cell
	Line, Col int    // where its name stands there
	Source    string // its chunk's text: the whole block for a name in a block
}

// ImportSpec is one import; Name is its alias ("_" and "." too), "" for none. Cell, Line and Col say where it was written; Line is 0 if no cell wrote it.
type ImportSpec struct {
	Name, Path      string
	Cell, Line, Col int
}

func (d definition) get() part { return d.k.parts[d.part] }

// Add remembers what a cell defines, in place of earlier definitions of the same names. It is for a cell that compiled.
//
// A name is replaced whatever it was before, also when it was a type and is now a function; its methods go then too.
func (m *Memory) Add(c *Cell, count int) {
	var fresh []definition
	kinds := map[string]Kind{}
	for i := range c.Chunks {
		k := &c.Chunks[i]
		if k.Body {
			m.bind(k.Names, count)
			continue
		}
		for j, p := range k.parts {
			if k.Kind == Func && p.names[0].id == "main" {
				continue
			}
			for _, n := range p.names {
				kinds[n.id] = k.Kind
			}
			fresh = append(fresh, definition{c, k, j, count})
		}
	}
	m.drop(func(d definition) bool {
		return slices.ContainsFunc(d.get().names, func(n name) bool {
			if _, ok := kinds[n.id]; ok {
				return true
			}
			base, _, method := strings.Cut(n.id, "~")
			kind, ok := kinds[base]
			return method && base != "" && d.k.Kind == Func && ok && kind != Type
		})
	})
	m.live = append(m.live, fresh...)
}

func (m *Memory) bind(names []string, count int) {
	if m.bodies == nil {
		m.bodies = map[string]int{}
	}
	for _, n := range names {
		m.bodies[n] = count
	}
}

// drop forgets definitions and returns them.
func (m *Memory) drop(gone func(definition) bool) []definition {
	var dropped []definition
	kept := make([]definition, 0, len(m.live))
	for _, d := range m.live {
		if gone(d) {
			dropped = append(dropped, d)
		} else {
			kept = append(kept, d)
		}
	}
	m.live = kept
	return dropped
}

// Remove forgets definitions by their keys (%rm) and returns the keys that went, which are more than were asked for when a variable of a var a, b = f() or a type
// with methods goes. GoNB draws the keys of variables named _ by lot, so that any such key removes all of them.
func (m *Memory) Remove(keys ...string) []string {
	var removed []string
	for _, d := range m.drop(func(d definition) bool { return d.isAny(keys) }) {
		for _, n := range d.get().names {
			if !slices.Contains(removed, n.key) {
				removed = append(removed, n.key)
			}
		}
	}
	return removed
}

func (d definition) isAny(keys []string) bool {
	return slices.ContainsFunc(d.get().names, func(n name) bool {
		return slices.ContainsFunc(keys, func(key string) bool {
			if key == n.key || key == n.id {
				return true
			}
			if strings.HasPrefix(key, blank) {
				return d.k.Kind == Var && strings.HasPrefix(n.id, blank)
			}
			return d.k.Kind == Func && strings.HasPrefix(n.id, key+"~")
		})
	})
}

// Reset forgets everything.
func (m *Memory) Reset() { *m = Memory{} }

// Copy is independent of m.
func (m *Memory) Copy() *Memory {
	return &Memory{slices.Clone(m.live), maps.Clone(m.bodies)}
}

// Definitions are the live definitions but imports, oldest first.
func (m *Memory) Definitions() []Definition {
	var list []Definition
	for _, d := range m.live {
		if d.k.Kind == Import {
			continue
		}
		for _, n := range d.get().names {
			line, col := d.c.position(n.at.from)
			list = append(list, Definition{d.k.Kind, n.key, d.count, line, col, d.c.Source[d.k.Start:d.k.End]})
		}
	}
	return list
}

// Imports are the live imports, oldest first.
func (m *Memory) Imports() []ImportSpec {
	var list []ImportSpec
	for _, d := range m.live {
		if d.k.Kind == Import {
			spec := *d.get().imp
			spec.Cell = d.count
			list = append(list, spec)
		}
	}
	return list
}

// BodyNames maps names to the execution count of the latest cell whose statements declared them, and which therefore ended with that cell.
func (m *Memory) BodyNames() map[string]int {
	return maps.Clone(m.bodies)
}
