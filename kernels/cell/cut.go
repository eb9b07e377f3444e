package cell

import (
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	mark = "//gonb:" // may stand before a special line, so that the text passes for Go
	bom  = "\ufeff"
)

// cutter takes a cell apart in one pass over its tokens.
type cutter struct {
	c     *Cell
	text  []byte        // its source
	opens []bracket     // not closed yet
	cur   *Chunk        // the chunk whose tokens are being read, or nil between chunks
	toks  []token.Token // its tokens so far
	doc   int           // where the comments before the next chunk start, or -1
	last  int           // offset of the last token that is not a comment
	err   *mistake      // the first in the text

	body     int  // where the body starts by %%, or -1
	unending bool // the last command ends in a \
	open     bool // the last chunk is cut off by the end of the cell
}

type bracket struct {
	tok token.Token
	at  int
}

type mistake struct {
	at  int
	msg string
}

var closer = map[token.Token]token.Token{token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE}

// fail notes a mistake; the one that stands first in the text counts.
func (s *cutter) fail(at int, format string, args ...any) {
	if s.err == nil || at < s.err.at {
		s.err = &mistake{at, fmt.Sprintf(format, args...)}
	}
}

// cut reads the whole cell. The Go scanner reads from one special line to the next, since what stands in those is not Go.
func cut(source string) *cutter {
	s := &cutter{c: &Cell{Source: source}, text: []byte(source), doc: -1, last: -1, body: -1}
	s.c.lines = lineStarts(source)
	at := s.c.lines[0]
	if s.c.Magic = magicWord(source[at:]); s.c.Magic != "" {
		return s
	}
	for at < len(source) {
		at = s.scan(at)
	}
	if len(s.opens) > 0 {
		s.fail(len(source), "expected '%s', found 'EOF'", closer[s.opens[len(s.opens)-1].tok])
	}
	s.open = s.cur != nil
	s.end(false)
	return s
}

// scan reads Go up to the next special line and returns where that one ends.
func (s *cutter) scan(from int) int {
	text := s.text[from:]
	file := token.NewFileSet().AddFile("", -1, len(text))
	var sc scanner.Scanner
	sc.Init(file, text, func(pos token.Position, msg string) { s.fail(from+pos.Offset, "%s", msg) }, scanner.ScanComments)
	for {
		pos, tok, lit := sc.Scan()
		at := from + file.Offset(pos)
		switch {
		case tok == token.EOF:
			return len(s.c.Source)
		case s.cur == nil && s.special(at):
			if s.err != nil && s.err.at >= at {
				s.err = nil // the scanner looked ahead into what is not Go
			}
			return s.command(at)
		case tok == token.COMMENT:
			s.comment(at)
		default:
			s.token(at, tok, lit)
		}
	}
}

// special reports whether a special line starts here.
func (s *cutter) special(at int) bool {
	if at > s.c.lines[0] && s.c.Source[at-1] != '\n' {
		return false
	}
	rest := strings.TrimPrefix(s.c.Source[at:], mark)
	return rest != "" && (rest[0] == '%' || rest[0] == '!')
}

// comment keeps comments for the chunk after them, unless they stand behind the one before.
func (s *cutter) comment(at int) {
	if s.cur != nil || s.doc >= 0 {
		return
	}
	if s.last >= 0 && !strings.Contains(s.c.Source[s.last:at], "\n") {
		return
	}
	s.doc = at
}

func (s *cutter) token(at int, tok token.Token, lit string) {
	if tok == token.SEMICOLON && len(s.opens) == 0 && !s.header(at) {
		if s.cur != nil {
			s.end(lit == ";")
		}
		if lit == ";" {
			s.last = at
		}
		return
	}
	if tok == token.SEMICOLON && lit == "\n" {
		return
	}
	if s.cur == nil {
		s.cur, s.toks = &Chunk{Start: at, code: at}, s.toks[:0]
		if s.doc >= 0 {
			s.cur.Start = s.doc
		}
		s.doc = -1
	}
	s.toks = append(s.toks, tok)
	s.cur.End = s.tokenEnd(at, tok, lit)
	s.last = s.cur.End - 1
	switch tok {
	case token.LPAREN, token.LBRACK, token.LBRACE:
		s.opens = append(s.opens, bracket{tok, at})
	case token.RPAREN, token.RBRACK, token.RBRACE:
		n := len(s.opens)
		if n == 0 {
			s.fail(at, "unexpected '%s'", tok)
			return
		}
		if want := closer[s.opens[n-1].tok]; want != tok {
			s.fail(at, "expected '%s', found '%s'", want, tok)
		}
		s.opens = s.opens[:n-1]
	}
}

// header reports whether a semicolon stands in the head of an if, for or switch, and so does not end the statement. Which brace opens the block only the parser
// knows: the head may hold literals.
func (s *cutter) header(at int) bool {
	toks := s.toks
	for len(toks) > 2 && toks[0] == token.IDENT && toks[1] == token.COLON {
		toks = toks[2:] // a label
	}
	if s.cur == nil || toks[0] != token.IF && toks[0] != token.FOR && toks[0] != token.SWITCH {
		return false
	}
	const head = "package p;func _(){"
	text := s.c.Source[s.cur.code:at]
	_, err := parser.ParseFile(token.NewFileSet(), "", head+text+";\n}", parser.SkipObjectResolution)
	var list scanner.ErrorList
	return errors.As(err, &list) && list[0].Pos.Offset >= len(head)+len(text)
}

// tokenEnd is where a token ends. What the scanner returns can be longer or shorter: it replaces bytes that are not UTF-8, and strips the carriage returns of
// raw strings.
func (s *cutter) tokenEnd(at int, tok token.Token, lit string) int {
	switch rest := s.c.Source[at:]; {
	case tok == token.ILLEGAL:
		_, size := utf8.DecodeRuneInString(rest)
		return at + size
	case tok == token.STRING && lit[0] == '`':
		if n := strings.IndexByte(rest[1:], '`'); n >= 0 {
			return at + n + 2
		}
		return len(s.c.Source)
	case lit != "":
		return at + len(lit)
	}
	return at + len(tok.String())
}

// end closes the current chunk; semicolon says whether one was written.
func (s *cutter) end(semicolon bool) {
	k := s.cur
	s.cur = nil
	if k == nil || len(s.toks) == 2 && s.toks[0] == token.PACKAGE && s.toks[1] == token.IDENT {
		return // "package main" is accepted and means nothing
	}
	k.Kind, k.semicolon = kindOf(s.toks), semicolon
	k.Line, k.Col = s.c.position(k.Start)
	s.c.Chunks = append(s.c.Chunks, *k)
}

// kindOf tells declarations from statements by how they start.
func kindOf(toks []token.Token) Kind {
	switch toks[0] {
	case token.IMPORT:
		return Import
	case token.CONST:
		return Const
	case token.VAR:
		return Var
	case token.TYPE:
		return Type
	case token.FUNC:
		if declaresFunc(toks[1:]) {
			return Func
		}
	}
	return Stmt
}

// declaresFunc tells func f( and func (receiver) m( from a function literal, whose result may be a name too, but is not followed by a parenthesis.
func declaresFunc(toks []token.Token) bool {
	if len(toks) > 0 && toks[0] == token.LPAREN {
		depth := 0
		for i, tok := range toks {
			switch tok {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			}
			if depth == 0 {
				toks = toks[i+1:]
				break
			}
		}
		return len(toks) > 1 && toks[0] == token.IDENT && toks[1] == token.LPAREN
	}
	return len(toks) > 0 && toks[0] == token.IDENT
}

// lineStarts are the offsets at which lines start; the first is after a byte order mark.
func lineStarts(source string) []int {
	starts := []int{0}
	if strings.HasPrefix(source, bom) {
		starts[0] = len(bom)
	}
	for i := range len(source) {
		if source[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// position is the line and column of an offset, both from 1.
func (c *Cell) position(at int) (line, col int) {
	i := max(sort.SearchInts(c.lines, at+1)-1, 0)
	return i + 1, max(at-c.lines[i], 0) + 1
}
