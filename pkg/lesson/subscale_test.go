package lesson

import (
	"strings"
	"testing"
)

func TestSubscale(t *testing.T) {
	exercises := map[string]Exercise{}
	for _, e := range spn {
		exercises[e.ID] = e
		if e.Ask == "" || len(e.Hints) == 0 || e.Right == "" {
			t.Errorf("%s is not complete", e.ID)
		}
	}
	order := func(height, width, s, row, col int) int {
		return (row%s*s+col%s)*(height/s)*(width/s) + row/s*(width/s) + col/s + 1
	}
	type asked = func(height, width, s, row, col int) int
	for _, c := range []struct {
		name, id string
		answer   any
		says     string // "" where the answer is right
	}{
		{"right", "subscale-order", order, ""},
		{"unanswered", "subscale-order", func(_, _, _, _, _ int) int { return 0 }, unanswered},
		{"nil", "subscale-order", asked(nil), unanswered},
		{"nothing", "subscale-order", nil, unanswered},
		{"from 0", "subscale-order", func(h, w, s, row, col int) int { return order(h, w, s, row, col) - 1 }, "count from 1"},
		{"the raster", "subscale-order", func(_, w, _, row, col int) int { return row*w + col + 1 }, "in the raster of the image"},
		{"columns before rows", "subscale-order", func(h, w, s, row, col int) int {
			return (col%s*s+row%s)*(h/s)*(w/s) + row/s*(w/s) + col/s + 1
		}, "the column changes first"},
		{"square images only", "subscale-order", func(h, w, s, row, col int) int {
			return (row%s*s+col%s)*(h/s)*(w/s) + row/s*(h/s) + col/s + 1
		}, "and you say"},
		{"a number", "subscale-order", 3, "should be a func"},

		{"right", "subscale-wave", 1216, ""},
		{"unanswered", "subscale-wave", 0, unanswered},
		{"in turn", "subscale-wave", 4096, "in turn"},
		{"a row too early", "subscale-wave", 976, "row 3"},
		{"all at once", "subscale-wave", 256, "cannot all begin"},
		{"rows", "subscale-wave", 76, "number of rows"},
		{"a slice too many", "subscale-wave", 1280, "does not wait"},
		{"too much", "subscale-wave", 2000.0, "too much"},
	} {
		switch says := exercises[c.id].judge(c.answer); {
		case c.says == "" && says != "", c.says != "" && !strings.Contains(says, c.says), strings.Contains(says, "\n"):
			t.Errorf("%s, %s: %q, want %q", c.id, c.name, says, c.says)
		}
	}
}
