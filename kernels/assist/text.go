package assist

import (
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// place is what the cursor stands in.
type place int

const (
	inCode place = iota
	inComment
	inString
	inCommand
)

// text is a cell as the cursor sees it. Offsets are in bytes.
type text struct {
	source string
	code   []byte // the cell without its special commands: spaces stand for them
	cursor int
	magic  bool // the cell is not Go, as one that begins with %%bash
	place  place
	start  int    // of the string, comment or command that the cursor stands in
	open   string // what closes the string or comment that the cell ends in, if it does
}

// read looks at a cell with the cursor after that many code points.
func read(source string, cursor int) *text {
	t := &text{source: source, code: []byte(source), cursor: len(source)}
	for i := range source {
		if cursor <= 0 {
			t.cursor = i
			break
		}
		cursor--
	}
	first := strings.TrimLeft(source, " \t\r\n")
	t.magic = len(first) > 2 && strings.HasPrefix(first, "%%") && unicode.IsLetter(rune(first[2]))
	for i := 0; i < len(source); {
		kind, end, open := span(source, i)
		if kind == inCommand {
			for j := i; j < end; j++ {
				if source[j] != '\n' {
					t.code[j] = ' '
				}
			}
		}
		if kind != inCode && (t.cursor > i || kind == inCommand && t.cursor == i) && (t.cursor < end || t.cursor == end && open != "") {
			t.place, t.start = kind, i
		}
		if end == len(source) && open != "" && kind != inCommand {
			t.open = open
		}
		i = end
	}
	return t
}

// span is the string, comment, special command or piece of other code at an offset, where it ends, and what would close it: nothing when it is closed.
func span(s string, i int) (kind place, end int, open string) {
	rest := s[i:]
	lineStart := i == 0 || s[i-1] == '\n'
	switch {
	case lineStart && (rest[0] == '%' || rest[0] == '!' || strings.HasPrefix(rest, "//gonb:")):
		end = lineEnd(s, i)
		for end < len(s) && strings.HasSuffix(s[:end], `\`) {
			end = lineEnd(s, end+1)
		}
		return inCommand, end, "\n"
	case strings.HasPrefix(rest, "//"):
		return inComment, lineEnd(s, i), "\n"
	case strings.HasPrefix(rest, "/*"):
		return closed(s, inComment, i+2, "*/")
	case rest[0] == '`':
		return closed(s, inString, i+1, "`")
	case rest[0] == '"' || rest[0] == '\'':
		for j := i + 1; j < len(s) && s[j] != '\n'; j++ {
			switch s[j] {
			case '\\':
				j++
			case s[i]:
				return inString, j + 1, ""
			}
		}
		return inString, lineEnd(s, i), s[i : i+1]
	}
	return inCode, i + 1, ""
}

// closed is a span of a kind whose inside begins at i.
func closed(s string, kind place, i int, by string) (place, int, string) {
	if n := strings.Index(s[i:], by); n >= 0 {
		return kind, i + n + len(by), ""
	}
	return kind, len(s), by
}

func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

// points is an offset in code points.
func (t *text) points(offset int) int { return utf8.RuneCountInString(t.source[:offset]) }

// word is the name of the special command that the cursor stands in.
func (t *text) word() (start, end int) {
	rest := t.source[t.start:]
	n := strings.IndexFunc(rest, unicode.IsSpace)
	if n < 0 {
		n = len(rest)
	}
	return t.start, t.start + n
}

// content is the inside of the string that the cursor stands in.
func (t *text) content() (start, end int) {
	_, end, open := span(t.source, t.start)
	if open == "" {
		end--
	}
	return t.start + 1, end
}

// identifier is where the identifier that the cursor touches begins and ends.
func (t *text) identifier() (start, end int) {
	for start = t.cursor; start > 0; {
		r, size := utf8.DecodeLastRune(t.code[:start])
		if !inIdentifier(r) {
			break
		}
		start -= size
	}
	for end = t.cursor; end < len(t.code); {
		r, size := utf8.DecodeRune(t.code[end:])
		if !inIdentifier(r) {
			break
		}
		end += size
	}
	return start, end
}

func inIdentifier(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// wanted is false where no name can stand: in a number, and right behind a literal.
func (t *text) wanted(start int) bool {
	if r, _ := utf8.DecodeRune(t.code[start:]); start < t.cursor && unicode.IsDigit(r) {
		return false
	}
	toks := tokens(t.code[:start])
	return len(toks) == 0 || !toks[len(toks)-1].IsLiteral() || toks[len(toks)-1].Token == token.IDENT
}

// inImport is whether the string at the cursor is the path of an import declaration.
func (t *text) inImport() bool {
	toks := tokens(t.code[:t.start])
	last := func() token.Token {
		if len(toks) == 0 {
			return token.ILLEGAL
		}
		return toks[len(toks)-1].Token
	}
	drop := func(kinds ...token.Token) bool {
		if !slices.Contains(kinds, last()) {
			return false
		}
		toks = toks[:len(toks)-1]
		return true
	}
	drop(token.IDENT, token.PERIOD)
	if last() == token.IMPORT {
		return true
	}
	for drop(token.SEMICOLON) { // the lines above, in a group
		if !drop(token.STRING) {
			return false
		}
		drop(token.IDENT, token.PERIOD)
	}
	return drop(token.LPAREN) && drop(token.IMPORT)
}
