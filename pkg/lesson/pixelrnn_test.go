package lesson

import (
	"strings"
	"testing"
)

// Right answers are right, and known mistakes are told what they are.
func TestPixelRNN(t *testing.T) {
	exercises := map[string]Exercise{}
	for _, e := range pixelRNN {
		exercises[e.ID] = e
		if e.Ask == "" || len(e.Hints) == 0 || e.Right == "" {
			t.Errorf("%s is not complete", e.ID)
		}
	}
	for _, c := range []struct {
		name, id string
		answer   any
		says     string // "" where the answer is right
	}{
		{"right", "diagonal-step", func(row, col int) int { return row + col }, ""},
		{"unanswered", "diagonal-step", func(row, col int) int { return 0 }, unanswered},
		{"nil", "diagonal-step", (func(row, col int) int)(nil), unanswered},
		{"nothing", "diagonal-step", nil, unanswered},
		{"the raster", "diagonal-step", func(row, col int) int { return 6*row + col }, "step 6 visits (1,0), and its upper neighbour is visited in step 0. An LSTM hands"},
		{"rows", "diagonal-step", func(row, col int) int { return row }, "step 0 visits (0,1), and its left neighbour is visited in step 0: its state is not there yet"},
		{"columns", "diagonal-step", func(row, col int) int { return col }, "upper neighbour is visited in step 0"},
		{"the other diagonal", "diagonal-step", func(row, col int) int { return col - row }, "its state is not there yet"},
		{"squares", "diagonal-step", func(row, col int) int { return max(row, col) }, "its state is not there yet"},
		{"from one", "diagonal-step", func(row, col int) int { return row + col + 1 }, "step 1 visits the corner"},
		{"a number", "diagonal-step", 3, "should be a func"},

		{"right", "diagonal-leak", 4, ""},
		{"unanswered", "diagonal-leak", 0, unanswered},
		{"itself too", "diagonal-leak", 5, "one too many"},
		{"the left", "diagonal-leak", 1, "came before and may be seen"},
		{"neighbours", "diagonal-leak", 2, "from neighbour to neighbour"},
		{"the row", "diagonal-leak", 6.0, "the whole row"},
		{"a word", "diagonal-leak", "four", "should be a number"},
	} {
		got := exercises[c.id].judge(c.answer)
		if c.says == "" && got != "" || !strings.Contains(got, c.says) || strings.Contains(got, "\n") {
			t.Errorf("%s, %s: %q, want %q", c.id, c.name, got, c.says)
		}
	}
}
