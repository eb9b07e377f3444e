// Package cell understands a notebook cell of Go as text: what of it is special commands, what are definitions that later cells use, what are statements to
// run now; whether it is complete; which definitions are alive; and which program the compiler is given for it.
//
// A cell is split once, and everything else starts from the result:
//
//	c, err := cell.Split(source)                            // *SyntaxError with the cell's own line and column
//	program := cell.Render(memory, c, 3, cell.Options{})    // package main, positions say Cell[3]
//	memory.Add(c, 3)                                        // once it compiled
//
// All functions work on text alone; nothing is read, written or run.
package cell

import "fmt"

// Kind says what a chunk is.
type Kind int

// The kinds of chunks: declarations by their keyword, and statements.
const (
	Import Kind = iota
	Const
	Var
	Type
	Func
	Stmt
)

func (k Kind) String() string {
	if k < Import || k > Stmt {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return [...]string{"import", "const", "var", "type", "func", "statement"}[k]
}

// Chunk is one declaration or statement at the cell's top level.
type Chunk struct {
	Kind       Kind
	Names      []string // what it declares, as keys of Memory; for a statement what := binds
	Start, End int      // byte offsets in Source, from the comments before it to its last token
	Line, Col  int      // of Start, from 1, in bytes
	Body       bool     // it runs in main; false for definitions, which later cells see

	code       int      // where its first token starts, after the comments
	semicolon  bool     // one is written behind it
	expression bool     // a statement that is nothing but an expression
	rbrace     int      // of func main, its closing brace
	uses       []string // names that a declaration mentions
	parts      []part   // what of a definition can be replaced on its own
}

// Command is a special line of a cell, which GoNB runs before the Go code: "%args -x", "!ls -l".
type Command struct {
	Line int    // where it starts, from 1
	Text string // without the prefix "//gonb:"; a line that goes on after a \ keeps its line breaks
}

// Cell is a cell taken apart. All of its fields are for reading.
type Cell struct {
	Source   string
	Commands []Command // in order; %% and %main are not among them
	Magic    string    // "%%bash", "%%sh", "%%script", "%%writefile", "%%gx" when the whole cell is not Go
	Chunks   []Chunk   // in order; white space, ends of lines and special lines lie between them
	Args     string    // what stood behind %% or %main: the program's arguments
	Exec     string    // the function that %exec names
	HasMain  bool      // its own func main
	Test     bool      // it has %test: compiled as a test

	lines  []int // where lines start
	argsAt int   // how many commands stand before the %% that gave Args
}

// Runs reports whether there is Go to compile and run: not in a magic cell, nor in one of special commands and comments alone. A %test cell runs the tests
// that earlier cells defined.
func (c *Cell) Runs() bool {
	return len(c.Chunks) > 0 || c.Exec != "" || c.Test
}

// SyntaxError is a mistake that the parser finds, at the cell's own position: line and column from 1, the column in bytes.
type SyntaxError struct {
	Line, Col int
	Msg       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg)
}

// FileName is the name under which compiler messages and stack traces know the cell with an execution count; 0 is a silent one.
func FileName(count int) string {
	if count == 0 {
		return "Cell"
	}
	return fmt.Sprintf("Cell[%d]", count)
}
