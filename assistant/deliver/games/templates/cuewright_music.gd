# The music of a game in Godot 4.3 or later. Copy this folder into the project, add an AudioStreamPlayer, give it this
# script; it plays music.tres (intro, layers, outro) beside it. Written by Cuewright; yours to change.
#
#   Music.set_layers(2)          how lively: 0 to the number of layers
#   Music.signal_next("stinger_success")
#   Music.finish()               the outro, from the next bar line
extends AudioStreamPlayer

const PULSE_S := $pulse_s
const FADE_S := $fade_s
const SILENT_DB := -60.0
const LOOP_CLIP := 1
const OUTRO_CLIP := 2

@export var layers_at_start := 1

var _wanted: Array[float] = []
var _gains: Array[float] = []
var _began_usec := 0
var _signals := AudioStreamPlayer.new()


func _ready() -> void:
	add_child(_signals)
	_signals.bus = bus
	if stream == null:
		stream = load(get_script().resource_path.get_base_dir().path_join("music.tres"))
	for index in _layers().stream_count:
		_wanted.append(0.0)
		_gains.append(1.0 if index < layers_at_start else 0.0)
	set_layers(layers_at_start)
	_apply()
	play()
	_began_usec = Time.get_ticks_usec()


func set_layers(count: int) -> void:
	for index in _wanted.size():
		_wanted[index] = 1.0 if index < count else 0.0


# A stinger on the next beat, a transition on the next bar line; as near to it as Godot's mixer can be asked to be.
func signal_next(piece: String) -> void:
	var step_s := PULSE_S * ($pulses if piece.begins_with("transition") else 1)
	var since_s := (Time.get_ticks_usec() - _began_usec) / 1e6
	_signals.stream = load(stream.resource_path.get_base_dir().path_join(piece + ".ogg"))
	await get_tree().create_timer(step_s - fmod(since_s, step_s)).timeout
	_signals.play()


func finish() -> void:
	get_stream_playback().switch_to_clip(OUTRO_CLIP)


func _layers() -> AudioStreamSynchronized:
	return (stream as AudioStreamInteractive).get_clip_stream(LOOP_CLIP)


func _process(delta: float) -> void:
	var moved := false
	for index in _gains.size():
		if _gains[index] != _wanted[index]:
			_gains[index] = move_toward(_gains[index], _wanted[index], delta / FADE_S)
			moved = true
	if moved:
		_apply()


func _apply() -> void:
	for index in _gains.size():
		_layers().set_sync_stream_volume(index, maxf(SILENT_DB, linear_to_db(_gains[index])))
