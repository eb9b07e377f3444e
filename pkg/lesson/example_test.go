package lesson_test

import (
	"math"

	"github.com/curious-go/curious/pkg/lesson"
)

func ExampleCheck() {
	nats := 0.0 // as the notebook leaves it
	lesson.Check("fair-coin", nats)

	nats = 784
	lesson.Check("fair-coin", nats)

	nats = 28 * 28 * math.Log(2)
	lesson.Check("fair-coin", nats)
	// Output:
	// ○ not answered yet. Hint: what has probability p costs −log p, and costs of independent things add up.
	// ✗ not yet: 784 is the number of bits: one for each pixel. A nat is 1.4427 bits, so that there are fewer nats.
	// ✓ right. 784 coins cost 784 bits, or 543.43 nats. A model that has learned anything about digits stays under that; the tables of the yardstick reach 97.24.
}

func ExampleCheck_picture() {
	lesson.Check("blind-spot", `
		. . . . .
		# # # # .
		# # # # .
		# ? . . .
		. . . . .
	`)
	// Output:
	// ✗ not yet: (2,3) is marked, and there is no path from it: find the place where the second layer would have to look.
}
