package lesson

import (
	"fmt"
	"math"
)

var welcome = []Exercise{
	{
		ID:  "fair-coin",
		Ask: "A picture has 28×28 pixels, each black or white. To a model that knows nothing, each is a fair coin. How many **nats** does it cost to tell somebody which picture it is?",
		Hints: []string{
			"what has probability p costs −log p, and costs of independent things add up.",
			"one pixel costs −log ½ = log 2 nats, with the natural logarithm.",
			"28 · 28 · math.Log(2)",
		},
		Right: "784 coins cost 784 bits, or 543.43 nats. A model that has learned anything about digits stays under that; the tables of the yardstick reach 97.24.",
		judge: number(784*math.Ln2, 1e-3,
			mistake{784, "the number of bits: one for each pixel. A nat is 1.4427 bits, so that there are fewer nats"},
			mistake{math.Ln2, "the nats of one pixel: a picture costs the sum over all of them, not the mean"},
			mistake{28 * math.Ln2, "the nats of one row of pixels: there are 28 rows"},
			mistake{784 * math.Log10(2), "with the logarithm to base 10: nats go with the natural one, math.Log"},
			mistake{784 / math.Ln2, "784 divided by log 2: to go from bits to nats, multiply by it"},
			mistake{784 * math.Ln2 * 10000, "what ten thousand pictures cost"},
		),
	},
	{
		ID:  "bits-per-dim",
		Ask: "Papers on colour images count **bits per dimension**. Write the function that turns the cost of an image in nats into bits for each of its `dims` numbers.",
		Hints: []string{
			"a bit is log 2 = 0.693 nats. First go to bits, then share them out.",
			"nats / math.Ln2 is the bits of the whole image.",
			"return nats / math.Ln2 / float64(dims)",
		},
		Right: "The ten-neighbour table's 97.24 nats are 0.179 bits a pixel: it packs digits into less than a fifth of their size.",
		judge: judgeBitsPerDim,
	},
}

func judgeBitsPerDim(answer any) string {
	f, ok := answer.(func(float64, int) float64)
	if !ok {
		return wrongType(answer, "a func(nats float64, dims int) float64")
	}
	if f == nil {
		return unanswered
	}
	for _, c := range []struct {
		nats float64
		dims int
	}{{784 * math.Ln2, 784}, {97.24, 784}, {10, 5}} {
		got, want := f(c.nats, c.dims), c.nats/math.Ln2/float64(c.dims)
		says := number(want, 1e-3,
			mistake{c.nats / float64(c.dims), "nats for each number: divide by log 2 to have bits"},
			mistake{c.nats / math.Ln2, "bits for the whole image: share them out over its numbers"},
			mistake{c.nats * math.Ln2 / float64(c.dims), "less than it was in nats, and a bit is the smaller unit: divide by log 2, do not multiply"},
			mistake{c.nats * math.Ln2, "what multiplying by log 2 gives: divide by it, and by the number of dimensions"},
		)(got)
		if says == unanswered {
			return unanswered
		}
		if says != "" {
			return fmt.Sprintf("for %.2f nats and %d dimensions your function says %.4g, and it should be %.4g: %s", c.nats, c.dims, got, want, says)
		}
	}
	return ""
}
