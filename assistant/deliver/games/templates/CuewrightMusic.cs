// The music of a game in Unity 2021 or later. Copy the kit into Assets; import the WAV files as PCM or ADPCM,
// "Decompress On Load"; put this component on an object, give it manifest.json and the clips (named as their files).
// Everything is scheduled on the sound clock, so layers stay in phase to the sample. Written by Cuewright; yours to change.
//
//   music.SetLayers(2);                    how lively: 0 to the number of layers
//   music.Signal("stinger_success");       on the next beat; transitions on the next bar line
//   music.Finish();                        the outro, from the next bar line
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Cuewright
{
    [Serializable] public class Piece { public string name; public string kind; public string file; public int bars; public int bar_frames_total; public int frames; }

    [Serializable] public class Layer { public string name; public string file; public int frames; public string[] parts; public float intensity; }

    [Serializable] public class Loop { public string file; public int bars; public int frames; }

    [Serializable]
    public class Manifest
    {
        public int rate_hz;
        public int beat_frames;
        public int bar_frames;
        public float fade_s;
        public Loop loop;
        public Layer[] layers;
        public Piece[] pieces;
    }

    public class CuewrightMusic : MonoBehaviour
    {
        [SerializeField] TextAsset manifestJson;
        [SerializeField] AudioClip[] clips;
        [SerializeField] int layersAtStart = 1;
        [SerializeField] bool playOnStart = true;

        const double Ahead = 0.1; // seconds that the sound system is told before
        Manifest manifest;
        readonly Dictionary<string, AudioClip> byName = new Dictionary<string, AudioClip>();
        readonly List<AudioSource> sources = new List<AudioSource>();
        float[] wanted;
        double startTime, endTime = double.PositiveInfinity;

        void Awake()
        {
            manifest = JsonUtility.FromJson<Manifest>(manifestJson.text);
            foreach (var clip in clips) byName[clip.name] = clip;
            wanted = new float[manifest.layers.Length];
            foreach (var layer in manifest.layers) sources.Add(NewSource(layer.name, true));
        }

        void Start() { if (playOnStart) Play(true); }

        public void Play(bool withIntro)
        {
            startTime = AudioSettings.dspTime + Ahead;
            endTime = double.PositiveInfinity;
            double loopTime = startTime;
            var intro = Array.Find(manifest.pieces, piece => piece.kind == "intro");
            if (withIntro && intro != null && byName.ContainsKey(intro.name))
            {
                PlayOnce(intro.name, startTime);
                loopTime += (double)intro.bar_frames_total / manifest.rate_hz;
            }
            SetLayers(layersAtStart);
            for (int index = 0; index < sources.Count; index++)
            {
                sources[index].volume = wanted[index];
                sources[index].PlayScheduled(loopTime);
            }
        }

        public void SetLayers(int count)
        {
            for (int index = 0; index < wanted.Length; index++) wanted[index] = index < count ? 1f : 0f;
        }

        public void Signal(string name)
        {
            bool isTransition = name.StartsWith("transition");
            PlayOnce(name, Next(isTransition ? manifest.bar_frames : manifest.beat_frames));
        }

        public void Finish()
        {
            double barTime = Next(manifest.bar_frames);
            var outro = Array.Find(manifest.pieces, piece => piece.kind == "outro");
            if (outro != null && byName.ContainsKey(outro.name)) PlayOnce(outro.name, barTime);
            endTime = barTime;
            foreach (var source in sources) source.SetScheduledEndTime(barTime + 0.3);
        }

        double Next(int stepFrames)
        {
            double step = (double)stepFrames / manifest.rate_hz;
            double since = AudioSettings.dspTime + Ahead - startTime;
            return startTime + Math.Ceiling(Math.Max(0, since) / step) * step;
        }

        void PlayOnce(string name, double time)
        {
            var source = NewSource(name, false);
            source.PlayScheduled(time);
            Destroy(source, (float)(time - AudioSettings.dspTime) + source.clip.length + 0.5f);
        }

        AudioSource NewSource(string name, bool loop)
        {
            var source = gameObject.AddComponent<AudioSource>();
            source.clip = byName[name];
            source.loop = loop;
            source.playOnAwake = false;
            return source;
        }

        void Update()
        {
            bool ending = AudioSettings.dspTime >= endTime;
            float fade = ending ? 0.25f : manifest.fade_s;
            for (int index = 0; index < sources.Count; index++)
                sources[index].volume = Mathf.MoveTowards(sources[index].volume, ending ? 0f : wanted[index], Time.deltaTime / fade);
        }
    }
}
