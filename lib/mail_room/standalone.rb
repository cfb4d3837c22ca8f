# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # What the native part does for a mailbox, done for any Ruby program.
  module Standalone
    # @param klass [Class] of the delivery or arbitration
    # @param given [Options, #to_h] its options, or something of that shape: a Hash, or a Struct of somebody
    #   else's with the members of gitlab-mail_room
    # @return [Options]
    # @raise [ConfigurationError] when it is nothing of the kind; tells no value
    def self.options(klass, given)
      return given if given.is_a?(Options)

      begin
        written = Keys.symbolize(given.to_h)
      rescue StandardError # which quotes what it failed on
        raise ConfigurationError, "the options of #{klass} cannot be of class #{given.class}", cause: nil
      end
      options_of(klass).new(nil, **written)
    end

    # A subclass may have Options of its own kind.
    def self.options_of(klass)
      own = klass.ancestors.select { |ancestor| ancestor.const_defined?(:Options, false) }
      own.map { |ancestor| ancestor.const_get(:Options, false) }.find { |options| options < Options }
    end
    private_class_method :options_of

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

    # For what is made from options.
    module Optioned
      # @return [Struct] the options, which may be changed
      attr_reader :options

      # @param options [Struct, #to_h] of the class `Options` beside this one, or of its shape
      # @raise [ConfigurationError] when it is nothing of the kind; tells no value
      def initialize(options)
        self.options = options
      end

      # @param options [Struct, #to_h] see {#initialize}
      # @raise [ConfigurationError] see {#initialize}
      def options=(options)
        @options = Standalone.options(self.class, options)
      end
    end

    # For a delivery.
    module Delivery
      include Optioned

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
      include Redaction::Opaque

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
    end
  end
end
