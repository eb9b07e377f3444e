// Package assist completes and explains what stands at the cursor of a notebook cell of Go.
//
// A cell is half-written when help is wanted, so it is cut at the cursor, its brackets are closed, and what then parses is type-checked together with what
// earlier cells defined. Types come from the index of packages (export data); while that is not ready, or a package does not compile, from the package's source.
// Doc comments always come from the source.
package assist

import (
	"go/types"
	"strings"

	"github.com/curious-go/curious/kernels/build"
)

// Packages is the index of the packages that a cell can import. Each method may be slow while the index is being made: no answer waits for that.
type Packages interface {
	Package(path string) (*build.Package, bool)
	Named(name string) []*build.Package // best first
	Packages() []*build.Package
	Types(read func(types.Importer)) // while read runs, nobody else imports anything
}

// Options is what an Assistant is made from. The zero value completes the standard library.
type Options struct {
	Root     string            // the folder of the module that cells belong to
	Packages Packages          // may be nil
	Commands map[string]string // special commands, as "%args", and a line of help for each

	// Definitions gives what earlier cells defined, as a Go file: a package clause, the imports that cells declared, and each live declaration below a //line
	// directive that names its cell. A func main, and the imports that only it uses, do not count. It may be nil, and is called from several goroutines.
	Definitions func() string
}

// Assistant answers completion and inspection requests. Its methods may be called at any time, from several goroutines.
type Assistant struct {
	commands    map[string]string
	packages    Packages
	sources     *sources
	definitions func() string
	defined     definitions
	asking      chan struct{} // holds a token for each request that the index has not answered
}

// New makes an Assistant. It reads nothing yet.
func New(o Options) *Assistant {
	return &Assistant{
		commands: o.Commands, packages: o.Packages, sources: newSources(o.Root), definitions: o.Definitions, asking: make(chan struct{}, 4),
	}
}

// Match is one way to complete a cell.
type Match struct {
	Text      string
	Kind      string // function, variable, type, field, method, module, constant, keyword or command
	Signature string // its type, or what else tells it from the others
}

// Completion is the matches, best first, and what part of the cell each would replace, in Unicode code points.
type Completion struct {
	Matches    []Match
	Start, End int
}

// most is how many matches a completion has at most: more cannot be looked through.
const most = 500

// Complete lists what can stand at the cursor, which counts Unicode code points.
func (a *Assistant) Complete(code string, cursor int) Completion {
	t := read(code, cursor)
	start, end := t.cursor, t.cursor
	var matches []Match
	switch {
	case t.place == inCommand:
		if start, end = t.word(); t.cursor <= end {
			found := list{prefix: t.source[start:t.cursor]}
			for name, help := range a.commands {
				found.add(0, Match{Text: name, Kind: "command", Signature: help})
			}
			matches = found.sorted()
		}
	case t.magic:
	case t.place == inString && t.inImport():
		start, end = t.content()
		matches = answer(a, func(w world) []Match { return w.paths(t.source[start:t.cursor]) })
	case t.place == inCode:
		if start, end = t.identifier(); start == t.cursor {
			end = start // what follows the cursor is not what is being typed
		}
		if t.wanted(start) {
			matches = answer(a, func(w world) []Match { return w.names(t, start) })
		}
	}
	if len(matches) == 0 {
		return Completion{Matches: []Match{}, Start: t.points(t.cursor), End: t.points(t.cursor)}
	}
	return Completion{Matches: matches, Start: t.points(start), End: t.points(end)}
}

// Inspect explains what stands at the cursor, which counts Unicode code points, or the function whose arguments it stands in: as text/plain and
// text/markdown, with the source when detail is 1.
func (a *Assistant) Inspect(code string, cursor, detail int) (data map[string]any, found bool) {
	t := read(code, cursor)
	var s subject
	switch {
	case t.place == inCommand:
		start, end := t.word()
		s = a.command(t.source[start:end])
	case t.magic, t.place == inComment:
	default:
		s = a.documented(answer(a, func(w world) subject { return w.subject(t) }), detail)
	}
	if s.signature == "" && s.doc == "" {
		return nil, false
	}
	return map[string]any{"text/plain": s.plain(), "text/markdown": s.markdown()}, true
}

// command is the help of a special command; a shell command is known by its first letters.
func (a *Assistant) command(word string) subject {
	help, ok := a.commands[word]
	for length := 2; !ok && length > 0; length-- {
		if strings.HasPrefix(word, "!") && len(word) >= length {
			word = word[:length]
			help, ok = a.commands[word]
		}
	}
	return subject{title: word, doc: help}
}
