// Package lesson holds the exercises of the course and checks what a reader answers.
//
// A markdown cell of the notebook sets the task; the code cell after it leaves a place for the answer and ends in
//
//	lesson.Check("fair-coin", nats)
//
// which prints a tick and what to remember, or what is wrong with the answer, with a case where it fails. A place that was left as it is, a zero, a nil, an
// empty picture, is no mistake: it prints the first hint, and the cell ends well. Further hints come by lesson.Hint("fair-coin", 2).
package lesson

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Exercise is one task with its check.
type Exercise struct {
	ID    string
	Ask   string   // the task, in Markdown, as the notebook sets it
	Hints []string // from gentle to plain; at least one
	Right string   // what a right answer earns: the thing to remember

	// judge says what is wrong with an answer in a sentence, "" when it is right, or unanswered.
	judge func(answer any) string
}

// unanswered is what judge says of a place that was left as it is.
const unanswered = "unanswered"

// State is what has become of an exercise.
type State int

// The states of an answer.
const (
	Unanswered State = iota
	Wrong
	Right
)

// Verdict is what [Judge] thinks of an answer.
type Verdict struct {
	State State
	Says  string // one paragraph, for the reader
}

// String is what a cell prints.
func (v Verdict) String() string {
	return [...]string{"○ not answered yet. ", "✗ not yet: ", "✓ right. "}[v.State] + v.Says
}

// All lists the exercises of the course in its order.
func All() []Exercise {
	return slices.Concat(welcome, information, pixelRNN, pixelCNN, colour, spn, video, vae)
}

// Check judges the answer to an exercise and prints the verdict. It never ends the program.
func Check(id string, answer any) { checkTo(os.Stdout, id, answer) }

func checkTo(out io.Writer, id string, answer any) {
	verdict, err := Judge(id, answer)
	if err != nil {
		fmt.Fprintln(out, "✗", err)
		return
	}
	fmt.Fprintln(out, verdict)
}

// Judge is [Check] without printing. It fails on an exercise that does not exist.
func Judge(id string, answer any) (v Verdict, err error) {
	e, err := find(id)
	if err != nil {
		return Verdict{}, err
	}
	// The reader's function runs in here, and may do anything.
	defer func() {
		if r := recover(); r != nil {
			v = Verdict{Wrong, fmt.Sprintf("your code panics: %v", r)}
		}
	}()
	switch says := e.judge(answer); says {
	case "":
		return Verdict{Right, e.Right}, nil
	case unanswered:
		return Verdict{Unanswered, "Hint: " + e.Hints[0]}, nil
	default:
		return Verdict{Wrong, says}, nil
	}
}

// Hint prints hint n of an exercise, counted from 1, or the last one there is.
func Hint(id string, n int) { hintTo(os.Stdout, id, n) }

func hintTo(out io.Writer, id string, n int) {
	e, err := find(id)
	if err != nil {
		fmt.Fprintln(out, "✗", err)
		return
	}
	n = min(max(n, 1), len(e.Hints))
	fmt.Fprintf(out, "Hint %d of %d: %s\n", n, len(e.Hints), e.Hints[n-1])
}

func find(id string) (Exercise, error) {
	exercises := All()
	i := slices.IndexFunc(exercises, func(e Exercise) bool { return e.ID == id })
	if i < 0 {
		var ids []string
		for _, e := range exercises {
			ids = append(ids, e.ID)
		}
		return Exercise{}, fmt.Errorf("lesson: looking for the exercise %q: there is none: take one of %s", id, strings.Join(ids, ", "))
	}
	return exercises[i], nil
}
