# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Keys of settings as people write them: symbols in YAML of today, strings where a template wrote
  # a mapping with `to_json`.
  module Keys
    # @param hash [Hash] settings with symbol or string keys
    # @return [Hash] the same with symbol keys; keys that are neither stay as they are
    def self.symbolize(hash)
      hash.transform_keys { |key| key.is_a?(String) ? key.to_sym : key }
    end

    # @param keys [Array] what was written, symbols or strings
    # @param known [Array<Symbol>] what is read
    # @return [Array<Array>] pairs of a key that is not known and the nearest one that is, or nil
    def self.unknown(keys, known)
      unknown = keys.reject { |key| known.include?(key.is_a?(String) ? key.to_sym : key) }
      unknown.map { |key| [key, nearest(key, known)] }
    end

    # The known key a misspelled one probably means.
    #
    # @param key [Object] what was written
    # @param known [Array<Symbol, String>] what could have been meant
    # @return [Symbol, String, nil] nil when nothing comes near
    def self.nearest(key, known)
      require "did_you_mean"
      DidYouMean::SpellChecker.new(dictionary: known).correct(key.to_s).first
    rescue LoadError # an interpreter may come without did_you_mean; the hint is a courtesy
      nil
    end
  end
end
