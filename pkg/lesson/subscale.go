package lesson

import (
	"fmt"
	"slices"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
)

// waved is the model of the exercise subscale-wave: filters of 5 and 3 see three rows down.
var waved = subscale.Config{Height: 64, Width: 64, Slices: 4, First: 5, Blocks: 1}

var spn = []Exercise{
	{
		ID:  "subscale-order",
		Ask: "An image of `height` times `width` pixels is cut into `s`·`s` slices, which are drawn one after the other, each row by row. As which pixel is the one at `row` and `col` drawn? The first is number 1; rows and columns count from 0.",
		Hints: []string{
			"first find the slice: what is left of row and col when they are divided by s. Slices come in the order of a raster, too.",
			"all slices before it are complete, and each has height/s times width/s pixels. Within its own slice the pixel is at row/s, col/s.",
			"slice := row%s*s + col%s; return slice*(height/s)*(width/s) + row/s*(width/s) + col/s + 1",
		},
		Right: "With s = 1 it is PixelCNN's raster. With s = 2 the first quarter of the pixels is already a small image of the whole.",
		judge: judgeSubscaleOrder,
	},
	{
		ID:  "subscale-wave",
		Ask: "Images of 64×64 are cut into 4·4 slices. A slice's embedding sees three rows further down in the slices before it. Slices are drawn side by side, each beginning as soon as it may. How many pixels have to be drawn one after another?",
		Hints: []string{
			"a slice has 16 rows of 16 pixels. When may the second slice draw its first row?",
			"its first row sees rows 0 to 3 of the first slice: it begins four rows behind it. The third slice is four rows behind the second one, and so on.",
			"(16 + 15*4) * 16",
		},
		Right: "1,216 in place of 4,096. In turn, waiting grows with the area of the image; side by side, with its width times the height of a slice, and a little for each slice.",
		judge: func(answer any) string {
			sideBySide, inTurn := waved.Ticks()
			return number(float64(sideBySide), 1e-6,
				mistake{float64(inTurn), "what it takes when slices are drawn in turn"},
				mistake{(16 + 15*3) * 16, "what it would take if a slice could begin three rows behind the one before. Row 0 sees row 3, which has to be complete"},
				mistake{16 * 16, "what one slice takes. The others cannot all begin with it"},
				mistake{16 + 15*4, "the number of rows; each has 16 pixels"},
				mistake{(16 + 16*4) * 16, "one slice too many: the first does not wait"},
			)(answer)
		},
	},
}

func judgeSubscaleOrder(answer any) string {
	asked, ok := answer.(func(height, width, s, row, col int) int)
	if !ok {
		return wrongType(answer, "a func(height, width, s, row, col int) int")
	}
	if asked == nil {
		return unanswered
	}
	touched := false
	for _, c := range []subscale.Config{{Height: 4, Width: 4, Slices: 1}, {Height: 4, Width: 4, Slices: 2}, {Height: 6, Width: 12, Slices: 3}, {}} {
		height, width, s := c.Height, c.Width, c.Slices
		if s == 0 {
			height, width, s = 28, 28, 2
		}
		order := c.Order()
		got := make([]int, len(order)) // by number
		for t, place := range order {
			got[t] = asked(height, width, s, place/width, place%width)
			touched = touched || got[t] != 0
		}
		for t, place := range order {
			row, col, slice := place/width, place%width, t/(height/s*(width/s))+1
			image := fmt.Sprintf("of %d×%d pixels in %d·%d slices", height, width, s, s)
			switch {
			case got[t] == t+1:
				continue
			case !touched:
				return unanswered
			case !slices.ContainsFunc(got, func(n int) bool { return n == len(order) }) && slices.Contains(got, 0):
				return fmt.Sprintf("%s the first pixel is number 0: count from 1.", image)
			case got[t] == place+1:
				return fmt.Sprintf("%s the pixel at row %d, column %d is number %d in the raster of the image. It is of slice %d: how many pixels do the slices before have?", image, row, col, got[t], slice)
			case got[t] == (col%s*s+row%s)*(height/s)*(width/s)+row/s*(width/s)+col/s+1:
				return fmt.Sprintf("%s the pixel at row %d, column %d is of slice %d: slices come in the order of a raster, so that the column changes first.", image, row, col, slice)
			}
			return fmt.Sprintf("%s the pixel at row %d, column %d is number %d, and you say %d. It is of slice %d.", image, row, col, t+1, got[t], slice)
		}
	}
	return ""
}
