package assist

import (
	"fmt"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// placeholder stands where a name is being typed. No one types this letter.
const placeholder = "ˣ"

// lexeme is a token of a cell.
type lexeme struct {
	token.Token
	at      int // its offset
	newline bool
}

func tokens(code []byte) []lexeme {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(code))
	s.Init(file, code, nil, 0)
	var all []lexeme
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return all
		}
		if tok == token.SEMICOLON && file.Offset(pos) == len(code) {
			continue // the scanner's own: the code is not over where the cursor is
		}
		all = append(all, lexeme{Token: tok, at: file.Offset(pos), newline: lit == "\n"})
	}
}

// bracket is an open bracket, or the cell itself at the bottom of the stack.
type bracket struct {
	token.Token
	statement
}

// statement is how far the statement that is being read has come.
type statement struct {
	head   token.Token // its first token
	header token.Token // IF, FOR or SWITCH while what stands before its block is read
	parts  int         // of the header that are complete
	ranges bool        // the header has a range
}

// read takes in the next token of the statement itself, and says whether that ends it.
func (s *statement) read(t lexeme) (ends bool) {
	if s.head == token.ILLEGAL && t.Token != token.SEMICOLON {
		s.head = t.Token
	}
	switch t.Token {
	case token.IF, token.FOR, token.SWITCH, token.SELECT:
		s.header, s.parts, s.ranges = t.Token, 0, false
	case token.RANGE:
		s.ranges = true
	case token.LBRACE:
		s.header = token.ILLEGAL
	case token.COLON:
		ends = s.head == token.CASE || s.head == token.DEFAULT
	case token.SEMICOLON:
		s.parts++
		ends = t.newline || s.header == token.ILLEGAL
	}
	if ends {
		*s = statement{}
	}
	return ends
}

// rest is what a statement lacks that ends here: its block, or that it is a call.
func (s *statement) rest() string {
	switch {
	case s.header == token.IF && s.parts == 0:
		return ";true{}"
	case s.header == token.SWITCH && s.parts == 0:
		return ";{}"
	case s.header == token.FOR && !s.ranges:
		return strings.Repeat(";", max(2-s.parts, 0)) + "{}"
	case s.header != token.ILLEGAL:
		return "{}"
	case s.head == token.GO || s.head == token.DEFER:
		return "()"
	}
	return ""
}

var closers = map[token.Token]token.Token{token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE}

// brackets is the stack of what a cell leaves open; stray closing brackets are blanked out.
func brackets(code []byte) []bracket {
	stack := []bracket{{}}
	toks := tokens(code)
	for i, t := range toks {
		// An import or a named function cannot stand inside brackets: what is open above it was forgotten.
		if t.Token == token.IMPORT || t.Token == token.FUNC && i+1 < len(toks) && toks[i+1].Token == token.IDENT {
			stack = []bracket{{}}
		}
		stack[len(stack)-1].read(t)
		switch t.Token {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			stack = append(stack, bracket{Token: t.Token})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			open := len(stack) - 1
			for open > 0 && closers[stack[open].Token] != t.Token {
				open--
			}
			if open == 0 {
				code[t.at] = ' '
			} else {
				stack = stack[:open]
			}
		}
	}
	return stack
}

// completed is code with everything closed that it leaves open: the string or comment it ends in, brackets, and statements that want a block or a call.
func completed(code []byte, open string) []byte {
	code = append(slices.Clone(code), open...)
	stack := brackets(code)
	for i, b := range slices.Backward(stack) {
		code = append(code, b.rest()...)
		if i > 0 {
			code = append(code, closers[b.Token].String()...)
		}
	}
	return code
}

// chunk is a piece of a cell that stands by itself: a declaration or a statement, with the comments above it.
type chunk struct {
	kind       token.Token // IMPORT, CONST, TYPE, VAR, FUNC, PACKAGE, or ILLEGAL for a statement
	start, end int
}

// chunks splits code whose brackets are closed.
func chunks(code []byte) []chunk {
	var all []chunk
	var toks []lexeme // of the chunk being read
	var s statement
	depth, start := 0, 0
	flush := func(end int) {
		if len(toks) > 0 {
			all = append(all, chunk{kindOf(toks), start, end})
		}
		toks, start = nil, end
	}
	for _, t := range tokens(code) {
		if depth == 0 && s.read(t) && t.Token == token.SEMICOLON {
			end := t.at
			if !t.newline {
				end++
			}
			flush(end)
			continue
		}
		switch t.Token {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		}
		toks = append(toks, t)
	}
	flush(len(code))
	return all
}

// kindOf tells a declaration from a statement by its tokens.
func kindOf(toks []lexeme) token.Token {
	switch first := toks[0].Token; first {
	case token.IMPORT, token.CONST, token.TYPE, token.VAR, token.PACKAGE:
		return first
	case token.FUNC:
		i := 1
		if i < len(toks) && toks[i].Token == token.LPAREN { // a receiver, or a literal's parameters
			for depth := 0; i < len(toks); i++ {
				if toks[i].Token == token.LPAREN {
					depth++
				} else if toks[i].Token == token.RPAREN {
					depth--
				}
				if depth == 0 {
					i++
					break
				}
			}
		}
		if i < len(toks) && toks[i].Token == token.IDENT && (i == 1 || i+1 < len(toks) && toks[i+1].Token == token.LPAREN) {
			return token.FUNC
		}
	}
	return token.ILLEGAL
}

// program is a cell as a Go file that the compiler would take, and where in it the pieces of the cell went.
type program struct {
	source strings.Builder
	pieces []piece
}

type piece struct{ start, end, to int }

// at is where an offset of the cell went, or -1.
func (p *program) at(offset int) int {
	for _, piece := range p.pieces {
		if piece.start <= offset && offset <= piece.end {
			return piece.to + offset - piece.start
		}
	}
	return -1
}

// region is a stretch of a cell whose brackets are closed, and where in the cell it begins.
type region struct {
	code         []byte
	from         int
	declarations bool // its statements are left out
}

// arrange makes a program of a cell: imports first, those of the cell before others, then declarations, then statements in a function.
func arrange(source string, regions []region, imports []string) *program {
	p := &program{}
	p.source.WriteString("package main\n")
	parts := make([][]chunk, len(regions))
	for i, r := range regions {
		parts[i] = chunks(r.code)
	}
	write := func(wanted ...token.Token) {
		for i, r := range regions {
			for _, c := range parts[i] {
				if slices.Contains(wanted, c.kind) {
					p.write(source, r, c)
				}
			}
		}
	}
	write(token.IMPORT)
	for _, line := range imports {
		p.source.WriteString(line + "\n")
	}
	write(token.CONST, token.TYPE, token.VAR, token.FUNC)
	p.source.WriteString("func init() {\n")
	regions = slices.DeleteFunc(slices.Clone(regions), func(r region) bool { return r.declarations })
	write(token.ILLEGAL)
	p.source.WriteString("\n}\n")
	return p
}

// write puts a piece of the cell below a directive that says where it stood.
func (p *program) write(source string, r region, c chunk) {
	start := r.from + c.start
	before := source[:min(start, len(source))]
	fmt.Fprintf(&p.source, "\n//line this cell:%d:%d\n", strings.Count(before, "\n")+1, len(before)-strings.LastIndex(before, "\n"))
	p.pieces = append(p.pieces, piece{start, r.from + c.end, p.source.Len()})
	p.source.Write(r.code[c.start:c.end])
	p.source.WriteString("\n")
}
