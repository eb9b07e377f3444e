package cell

import (
	"slices"
	"strings"
)

var magicWords = []string{"%%bash", "%%sh", "%%script", "%%writefile", "%%gx"}

// magicWord is the word in a cell's first line that makes all of it something else than Go, or "".
func magicWord(source string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(source, " \t\r\n"), "\n")
	words := strings.Fields(strings.TrimPrefix(line, mark))
	if len(words) > 0 && slices.Contains(magicWords, words[0]) {
		return words[0]
	}
	return ""
}

// command reads the special line that starts at an offset, with the lines that a \ joins to it, and returns where they end.
func (s *cutter) command(at int) int {
	s.doc = -1
	line, _ := s.c.position(at)
	var text strings.Builder
	for next := at; ; {
		piece, _, more := strings.Cut(s.c.Source[next:], "\n")
		next += len(piece)
		if more {
			next++
		}
		piece = strings.TrimPrefix(strings.TrimSuffix(piece, "\r"), mark)
		text.WriteString(piece)
		s.unending = strings.HasSuffix(piece, `\`)
		if s.unending && next < len(s.c.Source) {
			text.WriteByte('\n')
			continue
		}
		s.note(at, Command{line, text.String()})
		return next
	}
}

// note files a command, and takes from it what matters to the Go of the cell.
func (s *cutter) note(at int, cmd Command) {
	words := cmd.Fields()
	if len(words) == 0 {
		return // a lone % or !
	}
	if slices.Contains(magicWords, "%"+words[0]) && cmd.Text[0] == '%' {
		s.fail(at, "%%%s can only stand in the first line of a cell", words[0])
		return
	}
	if cmd.Text[0] == '%' {
		switch words[0] {
		case "%", "main":
			if s.body < 0 {
				s.body = at
			}
			if args := cmd.rest(); args != "" {
				s.c.Args, s.c.argsAt = args, len(s.c.Commands)
			}
			return
		case "test":
			s.c.Test = true
		case "exec":
			if len(words) > 1 {
				s.c.Exec = words[1]
				if !isFunctionName(words[1]) {
					s.fail(at, "%%exec takes the name of a function, not %s", words[1])
				}
			}
		}
	}
	s.c.Commands = append(s.c.Commands, cmd)
}

// joined is the command in one line, as GoNB joins it.
func (c Command) joined() string {
	return strings.TrimSuffix(strings.ReplaceAll(c.Text, "\\\n", " "), `\`)
}

// rest is what stands behind the command's first word.
func (c Command) rest() string {
	text := strings.TrimLeft(c.joined()[1:], " \t")
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(text[i:])
}

// Fields are the words of a command, without its % or !. As GoNB has it, double quotes hold words together, and within them a \ escapes.
func (c Command) Fields() []string {
	if c.Text == "" {
		return nil
	}
	var words []string
	var word strings.Builder
	started, quoted := false, false
	text := c.joined()[1:]
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case b == '"':
			quoted, started = !quoted, true
			continue
		case !quoted && (b == ' ' || b == '\t' || b == '\n'):
			if started {
				words = append(words, word.String())
				word.Reset()
			}
			started = false
			continue
		case quoted && b == '\\':
			if i++; i == len(text) {
				continue
			}
			b = text[i]
			if n := strings.IndexByte("nt", b); n >= 0 {
				b = "\n\t"[n]
			}
		}
		word.WriteByte(b)
		started = true
	}
	if started {
		words = append(words, word.String())
	}
	return words
}
