# frozen_string_literal: true

require "json"

module MailRoom
  # What the native part does for a mailbox, done for any Ruby program.
  module Standalone
    # For the Struct of a delivery's or arbitration's options.
    module Options
      include Redaction::Inspect

      # What crosses into the native part.
      #
      # @return [String] JSON
      # @raise [ConfigurationError] when a value is nothing that JSON can hold
      def settings_json
        JSON.generate(Plain.mapping(settings))
      end

      private

      # @param written [WrittenOptions]
      # @param known [Array<Symbol>] what the members hold, under all its names
      def keep_others(written, known)
        @others = written.others(known)
        @timeouts = written.timeouts
      end

      def options
        (@others || {}).merge(to_h.except(:logger).compact)
      end

      def timeouts
        @timeouts || {}
      end
    end

    # For a delivery.
    module Delivery
      # @return [Struct] the options, which may be changed
      attr_accessor :options

      # @param options [Struct] of the class `Options` of this delivery
      def initialize(options)
        @options = options
      end

      # Delivers a message that came from no mailbox. Other threads go on meanwhile.
      #
      # @param message [String] RFC 5322
      # @return [true] accepted
      # @raise [ConfigurationError] when an option is missing or ill-typed
      # @raise [MailRoom::Error] when the message was not accepted within the delivery timeout; says
      #   why, as the log of a mailbox does
      def deliver(message)
        told = JSON.parse(native.deliver(message), symbolize_names: true)
        options.logger&.info({ delivery_method: self.class.name.split("::").last, action: "message pushed", **told })
        true
      end

      private

      def native
        Standalone.made_for(self, options.settings_json) { |json| Native::Deliverer.new(json) }
      end
    end

    # Makes the native part of an object: once, but anew after a fork, which connections do not survive,
    # and after a change of its options.
    #
    # @param object [Object]
    # @param settings_json [String]
    # @yieldparam settings_json [String]
    # @return [Object] what the block made
    def self.made_for(object, settings_json)
      key = [Process.pid, settings_json]
      made = object.instance_variable_get(:@made)
      return made.last if made&.first == key

      yield(settings_json).tap { |native| object.instance_variable_set(:@made, [key, native]) }
    end
  end
end
