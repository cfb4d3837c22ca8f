# frozen_string_literal: true

require "json"
require "mail_room"

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
        @kept ||= Kept.new { |settings_json| Native::Deliverer.new(settings_json) }
        told = JSON.parse(@kept.for(options.settings_json).deliver(message), symbolize_names: true)
        options.logger&.info({ delivery_method: self.class.name.split("::").last, action: "message pushed", **told })
        true
      end
    end

    # The native part of an object: made when it is first needed, but anew after a fork, which
    # connections do not survive, and after a change of the options.
    class Kept
      # @yieldparam settings_json [String]
      # @yieldreturn [Object] the native part
      def initialize(&make)
        @make = make
      end

      # @param settings_json [String]
      # @return [Object] what the block made of these settings in this process
      def for(settings_json)
        key = [Process.pid, settings_json]
        made_for, native = @made # both at once, since other threads may be here too
        return native if made_for == key

        @make.call(settings_json).tap { |made| @made = [key, made] }
      end

      # @return [String] without the settings, which hold secrets
      def inspect
        "#<#{self.class}>"
      end
    end
  end
end
