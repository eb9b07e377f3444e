package lesson

import (
	"fmt"
	"math"
)

var video = []Exercise{
	{
		ID: "video-order",
		Ask: "The Video Pixel Network predicts a pixel. May it look at the pixel that is `frame` frames, `row` rows and `col` columns away? Negative numbers are earlier, higher up and further left. " +
			"`baseline` asks the same of the network whose pixels are independent, given the frames before.",
		Hints: []string{
			"time comes first: of earlier frames all is known, of later ones nothing. Only within the same frame do rows and columns matter.",
			"within a frame the order is that of PixelCNN: rows above, and in its own row what is on the left. The baseline sees nothing of its own frame.",
			"return frame < 0 || !baseline && frame == 0 && (row < 0 || row == 0 && col < 0)",
		},
		Right: "Three orders in one: time, then rows, then columns. All of the frames before may be seen, below and to the right too, so the encoder needs no mask.",
		judge: judgeVideoOrder,
	},
	{
		ID: "video-motion",
		Ask: "A sprite stands far from the walls. Its velocity is ±1 or ±2 pixels a frame along the rows, and independently ±1 or ±2 along the columns, all with equal chance. " +
			"The first frame is known. How many nats does the second frame cost a model that knows all this?",
		Hints: []string{
			"the picture of the sprite is known already. What is new in the second frame?",
			"count the velocities: 4 along the rows times 4 along the columns. All have equal chance, so the cost is the logarithm of how many there are.",
			"math.Log(16)",
		},
		Right: "2.77 nats, once: two frames tell the velocity, and every later frame costs nothing. Near a wall it is a little less, since some velocities lead to the same place.",
		judge: number(math.Log(16), 0.002,
			mistake{math.Log(4), "the cost along one axis; the sprite moves along two"},
			mistake{math.Log(8), "log 8: there are 4 · 4 velocities, not 4 + 4"},
			mistake{math.Log(25), "log 25: a velocity of 0 along an axis does not happen"},
			mistake{4, "the number of bits: 1 bit is log 2 = 0.6931 nats"},
			mistake{16, "the number of velocities; the cost is its logarithm"},
		),
	},
	{
		ID: "video-floor",
		Ask: "A grey frame has ten pixels of level 0.5, five of level 0.2 and all others black or white. It is known beforehand, exactly. " +
			"What is the least that it can cost, in nats, where the cost of a pixel is $-z\\log y-(1-z)\\log(1-y)$ and $z$ is its level?",
		Hints: []string{
			"which prediction y is the best for a pixel of level z, if z is known? Try z = 0.5.",
			"the best prediction is y = z itself, and its cost is not zero: −z log z − (1−z) log(1−z). Black and white pixels cost nothing.",
			"10·log 2 + 5·(−0.2·log 0.2 − 0.8·log 0.8)",
		},
		Right: "9.43 nats, although nothing is uncertain. On Moving MNIST this floor is 86.3 nats, so that 87.6 is 1.3 nats away from knowing all.",
		judge: number(10*levelEntropy(0.5)+5*levelEntropy(0.2), 0.002,
			mistake{(10*levelEntropy(0.5) + 5*levelEntropy(0.2)) / math.Ln2, "the number of bits"},
			mistake{levelEntropy(0.5) + levelEntropy(0.2), "the cost of one pixel of each level"},
			mistake{-10*0.5*math.Log(0.5) - 5*0.2*math.Log(0.2), "only the half with z log z; the half with (1−z) log(1−z) is missing"},
			mistake{15 * math.Ln2, "15·log 2: a pixel of level 0.2 is predicted as 0.2, not as 0.5"},
		),
	},
}

// levelEntropy is the least cost of a pixel of a grey level, in nats.
func levelEntropy(z float64) float64 { return -z*math.Log(z) - (1-z)*math.Log(1-z) }

func judgeVideoOrder(answer any) string {
	may, ok := answer.(func(baseline bool, frame, row, col int) bool)
	if !ok {
		return wrongType(answer, "a func(baseline bool, frame, row, col int) bool")
	}
	if may == nil {
		return unanswered
	}
	any := false
	wrong := ""
	for _, baseline := range []bool{false, true} {
		for frame := -1; frame <= 1; frame++ {
			for row := -1; row <= 1; row++ {
				for col := -1; col <= 1; col++ {
					got := may(baseline, frame, row, col)
					any = any || got
					if wrong == "" {
						wrong = videoMistake(baseline, frame, row, col, got)
					}
				}
			}
		}
	}
	if !any {
		return unanswered
	}
	return wrong
}

// videoMistake says why a pixel may or may not be seen, where the reader says otherwise, or "".
func videoMistake(baseline bool, frame, row, col int, got bool) string {
	where := fmt.Sprintf("the pixel (%+d frame, %+d row, %+d column)", frame, row, col)
	before := row < 0 || row == 0 && col < 0
	switch {
	case frame < 0 && !got:
		return where + " is of an earlier frame, which is known as a whole: it may be seen."
	case frame > 0 && got:
		return where + " is of a later frame, which is not drawn yet."
	case frame != 0:
		return ""
	case row == 0 && col == 0 && got:
		return where + " is the one to be predicted: a model that sees it copies it, and its cost is no probability."
	case baseline && got:
		return where + " is of the same frame. The baseline predicts all pixels of a frame at once, and sees none of them."
	case before && !got && !baseline:
		return where + " is drawn before the predicted one, in the same frame: the network sees it, which is what the baseline lacks."
	case !before && got:
		return where + " comes later in the same frame."
	}
	return ""
}
