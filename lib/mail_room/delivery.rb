# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Where messages go. Most deliveries named here are done by the native part; any other class may be
  # given to a mailbox as `delivery_klass` and is called from Ruby, see {HandOver}.
  module Delivery
    autoload :LetterOpener, "mail_room/delivery/letter_opener"
    autoload :Logger, "mail_room/delivery/logger"
    autoload :Noop, "mail_room/delivery/noop"
    autoload :Postback, "mail_room/delivery/postback"
    autoload :Que, "mail_room/delivery/que"
    autoload :Sidekiq, "mail_room/delivery/sidekiq"

    # Deliveries the native part does itself.
    NATIVE = %w[logger noop postback que sidekiq].freeze

    # The values of `delivery_method`.
    METHODS = Choice.new("delivery_method", available: [*NATIVE, "letter_opener"].sort)

    # @param name [String, Symbol] value of `delivery_method`
    # @return [Class] the delivery of that name
    # @raise [ConfigurationError] when there is none
    def self.[](name)
      const_get(METHODS.check(name).split("_").map(&:capitalize).join)
    end

    # @param klass [Class] a delivery
    # @return [String, nil] the name under which the native part does this delivery itself; nil for
    #   every other class, subclasses of ours included, since they may behave otherwise
    def self.native_name(klass)
      NATIVE.find { |name| self[name].equal?(klass) }
    end
  end
end
