package train

import "time"

// SaveEvery lets a test save more often.
func SaveEvery(d time.Duration) { saveEvery = d }
