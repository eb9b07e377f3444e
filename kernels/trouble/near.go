package trouble

import (
	"slices"
	"strings"
)

// nearest is the known word that word was most likely meant to be, or "": up to three slips in a long word, another case in a short one. Of words as near the
// longest is it, since letters are left out more often than added.
func nearest(word string, known []string) string {
	bound := 3
	switch n := len([]rune(word)); {
	case n < 2:
		bound = 0
	case n < 6:
		bound = 1
	case n < 9:
		bound = 2
	}
	best, least := "", bound+1
	for _, k := range slices.Sorted(slices.Values(known)) { // Sorted, so that ties end the same every time.
		if k == word || k == "_" || k == "" {
			continue
		}
		d := distance(strings.ToLower(word), strings.ToLower(k), bound)
		if d < least || d == least && d <= bound && len(k) > len(best) {
			best, least = k, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours between a and b (optimal string alignment); above the bound it is bound+1.
func distance(a, b string, bound int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > bound || len(y)-len(x) > bound {
		return bound + 1
	}
	var before []int
	above := make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		least := row[0]
		for j := range y {
			d := above[j]
			if x[i] != y[j] {
				d++
			}
			d = min(d, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, before[j-1]+1)
			}
			row[j+1] = d
			least = min(least, d)
		}
		if least > bound+1 { // A swap reaches two rows up, so one row above the bound may still be left again.
			return bound + 1
		}
		before, above = above, row
	}
	return min(above[len(y)], bound+1)
}
