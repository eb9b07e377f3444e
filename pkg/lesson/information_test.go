package lesson

import (
	"math"
	"strings"
	"testing"
)

func TestInformationExercises(t *testing.T) {
	entropy := func(log func(float64) float64, skip bool) func([]float64) float64 {
		return func(p []float64) float64 {
			sum := 0.0
			for _, q := range p {
				if q > 0 || !skip {
					sum -= q * log(q)
				}
			}
			return sum
		}
	}
	right := entropy(math.Log2, true)
	for _, c := range []struct {
		name     string
		exercise Exercise
		answer   any
		says     string // part of what is said; "" if right
	}{
		{"right", information[0], 7398.1, ""},
		{"right as computed", information[0], 24576 / math.Log2(10), ""},
		{"unanswered", information[0], 0.0, unanswered},
		{"one colour", information[0], 2466.0, "three colours"},
		{"one bit", information[0], 924.8, "there are eight"},
		{"nats", information[0], 10673.2, "bits divided by nats"},
		{"ten bits", information[0], 2457.6, "if a label had ten bits"},
		{"a photograph", information[0], 24576, "the bits of one photograph"},
		{"all by one", information[0], 50000 * 7398.1, "50,000 labels too"},
		{"text", information[0], "7398", "should be a number"},

		{"right", information[1], right, ""},
		{"unanswered", information[1], func([]float64) float64 { return 0 }, unanswered},
		{"nil", information[1], (func([]float64) float64)(nil), unanswered},
		{"nothing", information[1], nil, unanswered},
		{"nats", information[1], entropy(math.Log, true), "that is in nats"},
		{"zero times log zero", information[1], entropy(math.Log2, false), "for p = [0 1] your function says NaN"},
		{"sign", information[1], func(p []float64) float64 { return -right(p) }, "the sign is wrong"},
		{"classes", information[1], func(p []float64) float64 { return math.Log2(float64(len(p))) }, "only if all are equally likely"},
		{"mean", information[1], func(p []float64) float64 {
			sum := 0.0
			for _, q := range p {
				sum -= math.Log2(q) / float64(len(p))
			}
			return sum
		}, "weigh −log₂ p by p, not equally"},
		{"not weighed", information[1], func(p []float64) float64 {
			sum := 0.0
			for _, q := range p {
				sum -= math.Log2(q)
			}
			return sum
		}, "weigh the cost of each class"},
		{"something else", information[1], func([]float64) float64 { return 7 }, "it is −Σ p log₂ p"},
		{"a number", information[1], 3, "should be a func"},

		{"right", information[2], math.Log(10), ""},
		{"right, rounded", information[2], 2.303, ""},
		{"unanswered", information[2], 0, unanswered},
		{"bits", information[2], 3.3219, "the worth in bits"},
		{"ten", information[2], 10, "the number of classes"},
		{"base ten", information[2], 1, "base 10"},
		{"sign", information[2], -math.Log(10), "wrong sign"},
		{"too much", information[2], 5, "too much"},
	} {
		got := c.exercise.judge(c.answer)
		if c.says == "" && got != "" || !strings.Contains(got, c.says) || strings.Contains(got, "\n") {
			t.Errorf("%s, %s: %q, want %q", c.exercise.ID, c.name, got, c.says)
		}
	}
	for _, e := range information {
		if e.ID == "" || e.Ask == "" || len(e.Hints) == 0 || e.Right == "" {
			t.Errorf("%s is not complete", e.ID)
		}
	}
}
