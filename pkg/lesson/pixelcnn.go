package lesson

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

// The picture and the pixel of the exercise blind-spot.
const (
	blindH, blindW = 5, 5
	blindRow       = 3
	blindCol       = 1
	blindPicture   = ". . . . .\n. . . . .\n. . . . .\n. ? . . .\n. . . . ."
)

var pixelCNN = []Exercise{
	{
		ID:  "masks",
		Ask: "Write the two masks of a PixelCNN as one function: may a convolution look `row` rows down and `col` columns to the right of the pixel that it predicts? `first` says whether it is the first layer (mask A) or a later one (mask B).",
		Hints: []string{
			"pixels come row by row, each row from the left. What comes before a pixel: all rows above, and in its own row what is on the left.",
			"mask A and mask B differ in one place only: the pixel itself. The first layer sees the picture there, later ones see what was computed from earlier pixels.",
			"return row < 0 || row == 0 && col < 0 || !first && row == 0 && col == 0",
		},
		Right: "A small model with your masks is causal: by its gradient, no logit reacts to its own pixel or to a later one, and each reacts to every pixel it should.",
		judge: judgeMasks,
	},
	{
		ID: "blind-spot",
		Ask: "A plain PixelCNN of two layers of 3×3, mask A and then mask B, predicts the pixel marked `?`. Draw which pixels can reach it: put a `#` for each.\n\n" +
			"```\n" + blindPicture + "\n```",
		Hints: []string{
			"go backwards. Which places does the second layer look at? And which pixels does the first layer look at from each of those?",
			"mask B looks at the three places above, the one on the left, and its own. Mask A looks at the same without its own.",
			"to the right a path can gain one column only with each row that it goes up. That leaves a wedge on the right which no number of layers fills.",
		},
		Right: "The wedge on the right above the pixel stays dark however many layers there are: the blind spot that the two stacks of the Gated PixelCNN remove.",
		judge: judgeBlindSpot,
	},
}

func judgeMasks(answer any) string {
	allowed, ok := answer.(func(first bool, row, col int) bool)
	if !ok {
		return wrongType(answer, "a func(first bool, row, col int) bool")
	}
	if allowed == nil {
		return unanswered
	}
	var masks [2]nn.Taps // of 5×5: A and B
	for i := range masks {
		for _, tap := range nn.Box(-2, 2, -2, 2) {
			if allowed(i == 0, tap.Row, tap.Col) {
				masks[i] = append(masks[i], tap)
			}
		}
	}
	if len(masks[0]) == 0 && len(masks[1]) == 0 {
		return unanswered
	}
	for i, name := range []string{"A", "B"} {
		for _, tap := range nn.Box(-2, 2, -2, 2) {
			before := tap.Row < 0 || tap.Row == 0 && tap.Col < 0
			centre := tap == nn.Tap{}
			may, should := allowed(i == 0, tap.Row, tap.Col), before || centre && i == 1
			switch {
			case may && !should && centre:
				return fmt.Sprintf("mask A lets the pixel see itself, and the model would simply copy it%s.", consequence(masks))
			case may && !should:
				return fmt.Sprintf("mask %s lets through the place (%+d row, %+d column), which comes later%s.", name, tap.Row, tap.Col, consequence(masks))
			case !may && should && centre:
				return "mask B closes its own place. What is there was computed from earlier pixels only, and would be lost: the left neighbour, for one, could not be passed on."
			case !may && should:
				return fmt.Sprintf("mask %s closes the place (%+d row, %+d column), which comes earlier and may be seen.", name, tap.Row, tap.Col)
			}
		}
	}
	return ""
}

// consequence is what the universal test says of a model with the reader's masks.
func consequence(masks [2]nn.Taps) string {
	e, err := engine.Open()
	if err != nil {
		return ""
	}
	logits := func(scope *model.Scope, x *Node) *Node {
		for l, taps := range masks {
			x = taps.Convolve(scope.In("layer%d", l), x, 4)
		}
		return nn.AffineZero(scope.In("top"), x, 1)
	}
	if err := check.Causal(e.Backend, model.NewStore(), logits, 4, 5); err != nil {
		return ". Tried on a small model: " + strings.TrimPrefix(err.Error(), "check: ")
	}
	return ""
}

func judgeBlindSpot(answer any) string {
	var got check.Mask
	switch a := answer.(type) {
	case string:
		m, err := check.ParseMask(a)
		if err != nil {
			return strings.TrimPrefix(err.Error(), "check: ") + "."
		}
		got = m
	case [][]bool:
		got = a
	case check.Mask:
		got = a
	default:
		return wrongType(answer, "a picture in a string")
	}
	if got.Count() == 0 {
		return unanswered
	}
	for _, row := range got {
		if len(got) != blindH || len(row) != blindW {
			return fmt.Sprintf("the picture has %d rows, one of %d places, and should have %d of %d.", len(got), len(row), blindH, blindW)
		}
	}
	const pixel = blindRow*blindW + blindCol
	want := check.Reach(nn.MaskA(3), nn.MaskB(3))(blindH, blindW, pixel)
	one := check.Reach(nn.MaskA(3))(blindH, blindW, pixel)
	switch got.String() {
	case want.String():
		return ""
	case one.String():
		return "that is what one layer sees. The second layer looks at places whose values have come from further away."
	case check.Before(blindH, blindW, pixel).String():
		return "those are all earlier pixels, what an ideal model would see. Two layers of 3×3 do not get that far, and on the right they miss some that are near."
	}
	for row := range blindH {
		for col := range blindW {
			switch {
			case got[row][col] && row*blindW+col == pixel:
				return "the pixel itself is marked: mask A in the first layer hides it."
			case got[row][col] && row*blindW+col > pixel:
				return fmt.Sprintf("(%d,%d) comes after the pixel, and no mask lets it through.", row, col)
			case got[row][col] && !want[row][col]:
				return fmt.Sprintf("(%d,%d) is marked, and there is no path from it: find the place where the second layer would have to look.", row, col)
			case !got[row][col] && want[row][col]:
				return fmt.Sprintf("(%d,%d) is not marked, and there is a path from it: some place that the second layer looks at sees it.", row, col)
			}
		}
	}
	return ""
}
