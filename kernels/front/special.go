package front

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/trouble"
	"github.com/curious-go/curious/kernels/wire"
)

// asksAbout is a cell that asks about a name: "fmt.Println?", "?fmt.Println", "train.Fit??".
var asksAbout = regexp.MustCompile(`^\s*(?:\?(\??)\s*([\pL_][\w\pL.]*)|([\pL_][\w\pL.]*)\s*\?(\??))\s*$`)

// page answers a cell that asks about a name with a page for the pager; nil for other cells.
func (ex *execution) page() object {
	m := asksAbout.FindStringSubmatch(ex.content.Code)
	if m == nil {
		return nil
	}
	name, detail := m[2]+m[3], len(m[1])+len(m[4])
	data, found := ex.front.helper.Inspect(name, len([]rune(name)), detail)
	if !found {
		data = object{"text/plain": fmt.Sprintf("Nothing is known of %s: packages are found by their name, as in fmt.Println?; definitions of cells once these have run.", name)}
	}
	return pager(data)
}

func pager(data object) object { return object{"source": "page", "data": data, "start": 0} }

// commandsFor makes of a cell's special commands what GoNB is told: shell commands go through the shim, which tells how they ended. What a command changes in
// what the front knows is done here.
func (ex *execution) commandsFor(commands []cell.Command) (told []cell.Command, pages []any) {
	f := ex.front
	ex.commands = map[string]shellCommand{}
	for i, c := range commands {
		if shell, ok := strings.CutPrefix(c.Text, "!"); ok {
			prefix := "!"
			if rest, ok := strings.CutPrefix(shell, "*"); ok {
				prefix, shell = "!*", rest
			}
			key := fmt.Sprintf("%s-%d", shortID(ex.request), i)
			ex.commands[key] = shellCommand{text: c.Text, args: []string{"/bin/bash", "-c", shell}}
			c.Text = prefix + f.tools.shim + " command " + key
			told = append(told, c)
			continue
		}
		fields := c.Fields()
		if len(fields) == 0 {
			continue
		}
		switch word := fields[0]; word {
		default:
			if !known["%"+word] {
				ex.fail(report{
					Name: "CommandError", Value: "unknown special command %" + word,
					Traceback: []string{fmt.Sprintf("unknown special command %%%s (line %d): %%help lists them", word, c.Line)},
				})
			}
		case "help":
			pages = append(pages, pager(object{"text/plain": helpText(), "text/markdown": helpMarkdown()}))
			continue
		case "rm", "remove":
			f.mu.Lock()
			f.memory.Remove(fields[1:]...)
			f.mu.Unlock()
		case "reset":
			if len(fields) == 1 {
				f.mu.Lock()
				f.memory.Reset()
				f.mu.Unlock()
			}
		case "env", "cd", "goflags", "autoget", "noautoget", "track", "untrack":
			f.remember(word, c.Text, fields)
		}
		told = append(told, c)
	}
	return told, pages
}

// known are the special commands that begin with %, by all of their names.
var known = func() map[string]bool {
	all := map[string]bool{"%%": true, "%list": true, "%remove": true, "%untrack": true, "%widgets_hb": true}
	for _, c := range specialCommands {
		all[c.name] = true
	}
	return all
}()

// remember keeps a setting for a GoNB that has to be started again: the latest of each kind, of %env the latest of each variable.
func (f *Front) remember(word, text string, fields []string) {
	key := "%" + word
	if word == "env" && len(fields) > 1 {
		name, _, _ := strings.Cut(fields[1], "=")
		key += " " + name
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, s := range f.settings {
		if s == key || strings.HasPrefix(s, key+" ") || strings.HasPrefix(s, key+"=") {
			f.settings[i] = text
			return
		}
	}
	f.settings = append(f.settings, text)
}

// shellCommand is a !command of a cell, or a cell that is a script.
type shellCommand struct {
	text string // as the cell has it
	args []string
}

// magic is what GoNB is told for a cell that is not Go. Scripts go through the shim, since GoNB does not care how they end.
func (ex *execution) magic() string {
	first, rest, _ := strings.Cut(ex.content.Code, "\n")
	words := strings.Fields(first)
	args := words[1:]
	switch ex.cell.Magic {
	case "%%bash", "%%sh":
		if len(args) > 0 {
			return ex.content.Code // GoNB says what is wrong with it
		}
		args = []string{strings.TrimPrefix(ex.cell.Magic, "%%")}
	case "%%script":
		if len(args) == 0 {
			ex.fail(report{Name: "CommandError", Value: "%%script wants a program to give the cell to: %%script python3"})
			return ""
		}
	default:
		return ex.content.Code
	}
	key := shortID(ex.request)
	ex.commands = map[string]shellCommand{key: {text: first, args: args}}
	return "%%script " + ex.front.tools.shim + " command " + key + "\n" + rest
}

// command says what a shim shall run.
func (ex *execution) command(key string) toolAnswer {
	c, ok := ex.commands[key]
	if !ok || ex.halted() {
		return toolAnswer{Skip: true}
	}
	return toolAnswer{Args: c.args}
}

// commandEnded takes note of how a command ended: one that failed fails the cell, and nothing after it runs.
func (ex *execution) commandEnded(key string, status int, _ string) {
	if status != 0 && !ex.halted() {
		ex.fail(trouble.Command(ex.commands[key].text, status))
	}
}

// wantsWasm tells whether a cell is compiled for the browser.
func wantsWasm(c *cell.Cell) bool {
	for _, command := range c.Commands {
		if fields := command.Fields(); len(fields) > 0 && fields[0] == "wasm" {
			return true
		}
	}
	return false
}

// wasmConstants adds the constants that GoNB gives a %wasm cell, which stand in the main.go that it wrote.
func wasmConstants(file string, extra map[string][]byte) map[string][]byte {
	text, err := os.ReadFile(file)
	if err != nil {
		return extra
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return extra
	}
	found := []byte("package main\n")
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			decl := text[fset.Position(g.Pos()).Offset:fset.Position(g.End()).Offset]
			if strings.Contains(string(decl), "GonbWasm") {
				found = fmt.Appendf(found, "%s\n", decl)
			}
		}
	}
	all := maps.Clone(extra)
	if all == nil {
		all = map[string][]byte{}
	}
	all["gonbconstants.go"] = found
	return all
}

// syntaxReport is the report of a cell that does not parse.
func syntaxReport(err error, source string) report {
	lines := strings.Split(source, "\n")
	if e, ok := err.(*cell.SyntaxError); ok {
		return trouble.Syntax(e.Line, e.Col, e.Msg, lines)
	}
	return trouble.Syntax(0, 0, err.Error(), lines)
}

// cellID is the notebook's id of the cell that a request executes, "" when the front end does not say.
func cellID(m *wire.Message) string {
	var meta struct {
		CellID string `json:"cellId"`
	}
	_ = unmarshal(m.Metadata, &meta)
	return meta.CellID
}

func now() time.Time { return time.Now() }
