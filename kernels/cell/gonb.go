package cell

import (
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
)

// Gonb is what GoNB is sent for the cell: its special commands, its definitions, and an empty main. GoNB takes lines for commands wherever they start with %
// or !, within strings and comments too, and drops lines that start with package; so Go lines start with a blank here, and strings have no lines. The text is
// GoNB's bookkeeping alone: the compiler gets what Render makes.
func (c *Cell) Gonb() string {
	if c.Magic != "" {
		return strings.TrimLeft(strings.TrimPrefix(c.Source, bom), " \t\r\n")
	}
	var b strings.Builder
	for i := range len(c.Commands) + 1 {
		if c.Args != "" && i == c.argsAt {
			b.WriteString("%args " + c.Args + "\n")
		}
		if i < len(c.Commands) {
			b.WriteString(c.Commands[i].gonb() + "\n")
		}
	}
	for i := range c.Chunks {
		if k := &c.Chunks[i]; !k.Body && len(k.parts) > 0 && !(k.Kind == Func && k.Names[0] == "main") {
			b.WriteString(harmless(c.Source[k.code:k.End]) + "\n")
		}
	}
	if c.HasMain || c.Runs() && !c.Test && c.Exec == "" {
		b.WriteString(" func main() {}\n")
	}
	return b.String()
}

// gonb is a command as GoNB reads it rightly: in one line, and with a blank behind the % where it would take more than the word for %main or %exec.
func (c Command) gonb() string {
	text := c.joined()
	words := c.Fields()
	if words[0] == "exec" {
		if len(words) == 1 {
			return "% exec"
		}
		rest := strings.TrimLeft(c.rest()[len(words[1]):], " \t")
		return strings.TrimRight("%exec "+words[1]+" "+rest, " ")
	}
	if strings.HasPrefix(text, "%main") || strings.HasPrefix(text, "%exec") {
		return "% " + text[1:]
	}
	return text
}

// harmless is Go text in which no line can be mistaken for anything else.
func harmless(text string) string {
	src := []byte(text)
	file := token.NewFileSet().AddFile("", -1, len(src))
	var sc scanner.Scanner
	sc.Init(file, src, nil, 0)
	var b strings.Builder
	done := 0
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			break
		}
		if tok != token.STRING || lit[0] != '`' {
			continue
		}
		at := file.Offset(pos)
		end := at + 2 + strings.IndexByte(text[at+1:], '`')
		if !strings.Contains(text[at:end], "\n") {
			continue
		}
		b.WriteString(text[done:at] + strconv.Quote(lit[1:len(lit)-1]))
		done = end
	}
	b.WriteString(text[done:])
	return " " + strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", "\n ")
}
