package lesson

import "fmt"

var pixelRNN = []Exercise{
	{
		ID:  "diagonal-step",
		Ask: "The LSTM that comes from the upper left corner visits all pixels of a diagonal in one step. The first step, number 0, visits the corner. Which step visits the pixel at `row` and `col`?",
		Hints: []string{
			"a pixel's state comes from its left and its upper neighbour. Both must have been visited before: in the step just before.",
			"the skewed map moves each row by one place more to the right than the row above. A pixel's column there is its step.",
			"return row + col",
		},
		Right: "An image of 28×28 takes 28 + 28 − 1 = 55 steps in place of 784, and in each step all pixels of the diagonal are computed at once.",
		judge: judgeDiagonalStep,
	},
	{
		ID:  "diagonal-leak",
		Ask: "A second LSTM comes from the upper right corner. Suppose that its output were added where it is, and not one row further down. The image is 6 pixels wide. How many pixels that are still to come would the pixel at row 3, column 1 then see?",
		Hints: []string{
			"follow the second LSTM back from the pixel: its state came from the neighbours on the right and above, and theirs from their own.",
			"above, all pixels came before. What is left are those of its own row that stand to the right.",
			"6 - 1 - 1",
		},
		Right: "The pixels in columns 2 to 5 of its own row. Handed down one row, the same state knows rows above only, and all that it knows came before.",
		judge: number(4, 1e-6,
			mistake{5, "one too many: the pixel itself would be seen as well, but it is the one that is drawn, and not still to come after it"},
			mistake{1, "the number of pixels to its left, which came before and may be seen"},
			mistake{6, "the whole row: what is on the left came before"},
			mistake{2, "too few: the state goes on from neighbour to neighbour, to the edge of the image"},
		),
	},
}

func judgeDiagonalStep(answer any) string {
	step, ok := answer.(func(row, col int) int)
	if !ok {
		return wrongType(answer, "a func(row, col int) int")
	}
	if step == nil {
		return unanswered
	}
	const h, w = 4, 6
	zero := true
	for row := range h {
		for col := range w {
			zero = zero && step(row, col) == 0
		}
	}
	if zero {
		return unanswered
	}
	if got := step(0, 0); got != 0 {
		return fmt.Sprintf("step %d visits the corner, and it should be step 0.", got)
	}
	for row := range h {
		for col := range w {
			got := step(row, col)
			for _, n := range []struct {
				row, col int
				name     string
			}{{row - 1, col, "upper"}, {row, col - 1, "left"}} {
				if n.row < 0 || n.col < 0 {
					continue
				}
				switch before := step(n.row, n.col); {
				case before >= got:
					return fmt.Sprintf("step %d visits (%d,%d), and its %s neighbour is visited in step %d: its state is not there yet.", got, row, col, n.name, before)
				case before < got-1:
					return fmt.Sprintf("step %d visits (%d,%d), and its %s neighbour is visited in step %d. An LSTM hands its state to the next step only.", got, row, col, n.name, before)
				}
			}
		}
	}
	return ""
}
