package lesson

import (
	"fmt"
	"math"
)

// colour are the exercises on pictures in colour and on real files.
var colour = []Exercise{
	{
		ID:  "colour-masks",
		Ask: "Red, green and blue of a pixel are 0, 1 and 2, and are guessed in this order. Write the mask over the channels of one pixel: may the features that guess colour `to` look at those of colour `from`? `first` says whether it is the first layer, mask A, or a later one, mask B.",
		Hints: []string{
			"green may use the red of its own pixel, since that is known by then. It may not use its own value, nor blue.",
			"as with pixels, the masks differ in one place only: the colour itself. The first layer sees values there, later ones see what was computed from earlier values.",
			"return from < to || !first && from == to",
		},
		Right: "Three guesses a pixel, none of which sees what it guesses: p(R) p(G | R) p(B | R, G). The three are much alike, so that knowing red makes green and blue cheap.",
		judge: judgeColourMasks,
	},
	{
		ID:  "bytes-of-nats",
		Ask: "A model costs 30 nats a picture on average. How many **bytes** do 100 such pictures take in a file, at the least? Leave the header out.",
		Hints: []string{
			"an entropy coder writes −log₂ p(x) bits. Nats are −log p(x), with the natural logarithm.",
			"a nat is 1/log 2 = 1.4427 bits, and a byte is eight of them.",
			"100 · 30 / math.Ln2 / 8",
		},
		Right: "So a cost in nats is a size of a file, and a better model makes smaller files: that is all that a compressor is.",
		judge: number(100*30/math.Ln2/8, 2e-3,
			mistake{100 * 30 / 8, "nats divided by eight: nats are not bits yet"},
			mistake{100 * 30 / math.Ln2, "bits: eight of them are a byte"},
			mistake{100 * 30 * math.Ln2 / 8, "less than it was in nats, and a bit is the smaller unit: divide by log 2, do not multiply"},
			mistake{30 / math.Ln2 / 8, "the bytes of one picture"},
			mistake{100 * 30 / math.Ln2 * 8, "bits times eight: a byte is more than a bit, so that there are fewer"},
			mistake{3000, "nats: a nat is 1.4427 bits, and a byte is eight bits"},
		),
	},
}

func judgeColourMasks(answer any) string {
	allowed, ok := answer.(func(first bool, from, to int) bool)
	if !ok {
		return wrongType(answer, "a func(first bool, from, to int) bool")
	}
	if allowed == nil {
		return unanswered
	}
	names := [3]string{"red", "green", "blue"}
	open := 0
	for i := range 18 {
		if allowed(i < 9, i/3%3, i%3) {
			open++
		}
	}
	if open == 0 {
		return unanswered
	}
	for _, first := range []bool{true, false} {
		mask := "B"
		if first {
			mask = "A"
		}
		for to := range 3 {
			for from := range 3 {
				may, should := allowed(first, from, to), from < to || !first && from == to
				switch {
				case may && !should && from == to:
					return fmt.Sprintf("mask A lets %s see itself, and the model would simply copy it.", names[to])
				case may && !should:
					return fmt.Sprintf("mask %s lets %s see %s, which is guessed after it.", mask, names[to], names[from])
				case !may && should && from == to:
					return fmt.Sprintf("mask B closes %s to its own features. They were computed from earlier values only, and what they hold would be lost.", names[to])
				case !may && should:
					return fmt.Sprintf("mask %s closes %s to %s, which is known already and may be used.", mask, names[from], names[to])
				}
			}
		}
	}
	return ""
}
