package lesson

import (
	"fmt"
	"math"
	"slices"
)

// information are the exercises on how much there is to learn.
var information = []Exercise{
	{
		ID:  "pixels-per-label",
		Ask: "A data set has 50,000 photographs of 32×32 pixels, three colours, 8 bits each, in ten classes that are equally frequent. How many **times** as many bits are in the pixels as in the labels?",
		Hints: []string{
			"both counts are per photograph, times 50,000: the number of photographs does not matter.",
			"a label is log₂ 10 = 3.32 bits. A photograph is height · width · colours · 8 bits.",
			"32 · 32 · 3 · 8 / math.Log2(10)",
		},
		Right: "Over seven thousand times. The pixels compress, to about a third with the best models, and even then there are thousands of bits to learn from for each bit of label.",
		judge: number(32*32*3*8/math.Log2(10), 2e-3,
			mistake{32 * 32 * 8 / math.Log2(10), "the ratio for grey pictures: a photograph has three colours"},
			mistake{32 * 32 * 3 / math.Log2(10), "the ratio with one bit for each number: there are eight"},
			mistake{32 * 32 * 3 * 8 / math.Log(10), "bits divided by nats: a label has log₂ 10 bits, math.Log2"},
			mistake{32 * 32 * 3 * 8 / 10.0, "the ratio if a label had ten bits: one of ten classes has log₂ 10"},
			mistake{32 * 32 * 3 * 8 / math.Log10(10), "the bits of one photograph: divide by those of a label"},
			mistake{32 * 32 * 3 * 8 * 50000 / math.Log2(10), "the bits of all photographs by those of one label: there are 50,000 labels too"},
			mistake{50000 * math.Log2(10), "the bits of all labels"},
			mistake{50000 * 32 * 32 * 3 * 8, "the bits of all photographs: divide by those of all labels"},
		),
	},
	{
		ID:  "entropy",
		Ask: "How many bits is a label worth when the classes are not equally frequent? Write the entropy: `p` holds the probability of each class, and some may be zero.",
		Hints: []string{
			"a class of probability p_k costs −log₂ p_k bits, and turns up a share p_k of the time.",
			"−Σ p_k log₂ p_k. What never happens costs nothing: leave out classes of probability zero, since 0 · log 0 is not a number to a computer.",
			"for _, q := range p { if q > 0 { bits -= q * math.Log2(q) } }",
		},
		Right: "The digits of MNIST come to 3.3199 bits, a little under log₂ 10 = 3.3219: they are almost equally frequent. An uneven label teaches less.",
		judge: judgeEntropy,
	},
	{
		ID:  "worth-of-a-class",
		Ask: "A model that is told which of ten equally likely digits it will see saves nats on each picture. A model without the class can still guess it, p(x) = Σ_y p(x|y)/10. At most how many **nats** can the class save on average, however good the model is?",
		Hints: []string{
			"p(x) is at least the one term p(x|y)/10 of the true class y.",
			"so −log p(x) ≤ −log p(x|y) + log 10.",
			"math.Log(10)",
		},
		Right: "2.3026 nats: the class is worth its own information and no more. All that a person would say about a digit hides in two nats, and a model that minimises nats spends its effort on the other hundred.",
		judge: number(math.Log(10), 2e-3,
			mistake{math.Log2(10), "the worth in bits: in nats it is fewer, with the natural logarithm"},
			mistake{1, "with the logarithm to base 10: nats go with the natural one, math.Log"},
			mistake{10, "the number of classes: to tell one of ten takes their logarithm"},
			mistake{10 * math.Log(10), "ten times the answer: a picture has one class"},
			mistake{784 * math.Ln2, "what all pixels cost as fair coins: the class cannot save that"},
			mistake{0.1, "the probability of a class: what has probability p costs −log p"},
		),
	},
}

func judgeEntropy(answer any) string {
	f, ok := answer.(func([]float64) float64)
	if !ok {
		return wrongType(answer, "a func(p []float64) float64")
	}
	if f == nil {
		return unanswered
	}
	for i, p := range [][]float64{{0.5, 0.25, 0.25}, {0.5, 0.5}, {0.1, 0.2, 0.3, 0.4}, {0, 1}, {0.25, 0, 0.75}} {
		want, nats, mean, uneven := 0.0, 0.0, 0.0, 0.0
		for _, q := range p {
			if q > 0 {
				want -= q * math.Log2(q)
				nats -= q * math.Log(q)
				mean -= math.Log2(q) / float64(len(p))
				uneven -= math.Log2(q)
			}
		}
		got := f(slices.Clone(p))
		near := func(v float64) bool { return math.Abs(got-v) <= 1e-6 }
		says := ""
		switch {
		case i == 0 && got == 0:
			return unanswered
		case math.IsNaN(got) && slices.Contains(p, 0):
			says = "0 · log 0 is not a number to a computer: leave out what never happens"
		case math.IsInf(got, 0):
			says = "the logarithm of 0 is infinite: leave out what never happens"
		case near(want):
			continue
		case near(-want):
			says = "the sign is wrong: probabilities are below 1, their logarithms below 0, and the entropy is −Σ p log p"
		case near(nats):
			says = "that is in nats: take math.Log2"
		case near(math.Log2(float64(len(p)))):
			says = "that is log₂ of the number of classes, which is right only if all are equally likely"
		case near(mean):
			says = "each class counts as often as it turns up: weigh −log₂ p by p, not equally"
		case near(uneven):
			says = "weigh the cost of each class, −log₂ p, by how often it turns up, p"
		default:
			says = "it is −Σ p log₂ p"
		}
		return fmt.Sprintf("for p = %v your function says %.4g, and it should be %.4g: %s.", p, got, want, says)
	}
	return ""
}
