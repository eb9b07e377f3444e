package lesson

import (
	"math"
	"strings"
	"testing"
)

func TestVideo(t *testing.T) {
	exercises := map[string]Exercise{}
	for _, e := range video {
		exercises[e.ID] = e
		if e.Ask == "" || len(e.Hints) == 0 || e.Right == "" {
			t.Errorf("%s is not complete", e.ID)
		}
	}
	order := func(baseline bool, frame, row, col int) bool {
		return frame < 0 || !baseline && frame == 0 && (row < 0 || row == 0 && col < 0)
	}
	for _, c := range []struct {
		name, id string
		answer   any
		says     string // "" where the answer is right
	}{
		{"right", "video-order", order, ""},
		{"unanswered", "video-order", func(bool, int, int, int) bool { return false }, unanswered},
		{"nil", "video-order", (func(bool, int, int, int) bool)(nil), unanswered},
		{"nothing", "video-order", nil, unanswered},
		{"the raster for every frame", "video-order", func(b bool, frame, row, col int) bool {
			return frame <= 0 && (row < 0 || row == 0 && col < 0)
		}, "(-1 frame, +0 row, +0 column) is of an earlier frame"},
		{"itself", "video-order", func(b bool, frame, row, col int) bool { return order(b, frame, row, col-1) || frame < 0 }, "copies it"},
		{"the baseline within its frame", "video-order", func(_ bool, frame, row, col int) bool { return order(false, frame, row, col) }, "predicts all pixels of a frame at once"},
		{"the baseline for both", "video-order", func(_ bool, frame, row, col int) bool { return frame < 0 }, "what the baseline lacks"},
		{"the future", "video-order", func(bool, int, int, int) bool { return true }, "copies it"},
		{"a later frame", "video-order", func(b bool, frame, row, col int) bool { return frame != 0 || order(b, frame, row, col) }, "not drawn yet"},
		{"a later pixel", "video-order", func(b bool, frame, row, col int) bool { return frame < 0 || !b && frame == 0 && (row < 0 || col < 0) }, "comes later in the same frame"},
		{"a number", "video-order", 3, "should be a func"},

		{"right", "video-motion", 2.7726, ""},
		{"unanswered", "video-motion", 0.0, unanswered},
		{"one axis", "video-motion", math.Log(4), "one axis"},
		{"sum", "video-motion", math.Log(8), "not 4 + 4"},
		{"standing still", "video-motion", math.Log(25), "velocity of 0"},
		{"bits", "video-motion", 4, "number of bits"},
		{"count", "video-motion", 16, "its logarithm"},

		{"right", "video-floor", 9.4335, ""},
		{"zero", "video-floor", 0.0, unanswered},
		{"bits", "video-floor", 13.61, "number of bits"},
		{"one of each", "video-floor", 1.1936, "one pixel of each level"},
		{"half", "video-floor", 5.075, "is missing"},
		{"all of 0.5", "video-floor", 15 * math.Ln2, "predicted as 0.2"},
		{"sign", "video-floor", -9.4335, "wrong sign"},
	} {
		says := exercises[c.id].judge(c.answer)
		if c.says == "" && says != "" || !strings.Contains(says, c.says) || strings.Contains(says, "\n") {
			t.Errorf("%s, %s: %q, want %q", c.id, c.name, says, c.says)
		}
	}
}
