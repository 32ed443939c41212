package condition

import "encoding/json"

// Convert carries a status over to its apply configuration, which has the same JSON.
func Convert(status, configuration any) error {
	data, err := json.Marshal(status)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, configuration)
}
