package explain

import (
	"fmt"
	"strconv"
)

func numberOf(e alertEntry) string { return strconv.Itoa(int(e.alert)) }
func reasonOf(e alertEntry) string { return fmt.Sprintf("%03X", alertReasons+int(e.alert)) }
