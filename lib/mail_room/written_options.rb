# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Options where people write them: below `delivery_options` or `arbitration_options`, some of them
  # also at the top of a mailbox. Or in a Hash, when there is no mailbox.
  class WrittenOptions
    include Redaction::Opaque

    # Settings of a mailbox that also hold for what is used outside of one.
    TIMEOUTS = %i[connect_timeout tls_timeout command_timeout delivery_timeout].freeze

    # @param source [Mailbox, Hash] a mailbox, anything with its methods, or the options themselves
    # @param section [Symbol] `delivery_options` or `arbitration_options`
    def initialize(source, section)
      @mailbox = source unless source.is_a?(Hash)
      @section = Keys.symbolize((@mailbox ? @mailbox.public_send(section) : source) || {})
    end

    # @param names [Array<Symbol>] names of the same option, the one that comes first wins
    # @return [Object, nil]
    def [](*names)
      names.each { |name| return @section[name] unless @section[name].nil? }
      nil
    end

    # @param name [Symbol]
    # @return [Object, nil] what stands at the top of the mailbox
    def top(name)
      @mailbox.public_send(name) if @mailbox.respond_to?(name)
    end

    # @return [#info, nil] the log of the mailbox, or the one among the options
    def logger
      @mailbox ? top(:logger) : @section[:logger]
    end

    # @return [Hash{Symbol => Object}]
    def timeouts
      TIMEOUTS.to_h { |name| [name, top(name) || self[name]] }.compact
    end

    # @param known [Array<Symbol>]
    # @return [Hash{Symbol => Object}] options besides the known ones
    def others(known)
      @section.except(*known, *TIMEOUTS, :logger)
    end
  end
end
