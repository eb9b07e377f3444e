package lesson

import (
	"math"
	"strings"
	"testing"
)

// Every known mistake is named, and only what is right is right.
func TestColourExercises(t *testing.T) {
	type mask = func(bool, int, int) bool
	right := func(first bool, from, to int) bool { return from < to || !first && from == to }
	for name, c := range map[string]struct {
		exercise Exercise
		answer   any
		want     string // in what is said; "" if right
	}{
		"masks":             {colour[0], right, ""},
		"masks, unanswered": {colour[0], func(bool, int, int) bool { return false }, unanswered},
		"masks, nil":        {colour[0], mask(nil), unanswered},
		"masks, nothing":    {colour[0], nil, unanswered},
		"B first":           {colour[0], func(_ bool, from, to int) bool { return from <= to }, "mask A lets red see itself"},
		"two As":            {colour[0], func(_ bool, from, to int) bool { return from < to }, "mask B closes red to its own features"},
		"backwards":         {colour[0], func(first bool, from, to int) bool { return right(first, to, from) }, "mask A lets red see green, which is guessed after it"},
		"all":               {colour[0], func(bool, int, int) bool { return true }, "mask A lets red see itself"},
		"neighbours only":   {colour[0], func(first bool, from, to int) bool { return right(first, from, to) && to-from < 2 }, "mask A closes red to blue"},
		"no function":       {colour[0], 3, "should be a func"},

		"bytes":             {colour[1], 100 * 30 / math.Ln2 / 8, ""},
		"bytes, whole":      {colour[1], 541, ""},
		"bytes, unanswered": {colour[1], 0.0, unanswered},
		"nats by eight":     {colour[1], 375, "nats are not bits yet"},
		"bits":              {colour[1], 4328.0, "eight of them are a byte"},
		"multiplied":        {colour[1], 259.93, "do not multiply"},
		"one picture":       {colour[1], 5.41, "bytes of one picture"},
		"times eight":       {colour[1], 34624.0, "times eight"},
		"nats":              {colour[1], 3000, "a nat is 1.4427 bits"},
	} {
		if got := c.exercise.judge(c.answer); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
