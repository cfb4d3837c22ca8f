# frozen_string_literal: true

module MailRoom
  module Delivery
    # Posts every message to a web application. The native part does the work; this class holds the
    # name and the options.
    class Postback
      # Reads the mailbox' `delivery_url`, or the one in `delivery_options`.
      Options = Struct.new(:url) do
        include Redaction::Inspect

        # @param mailbox [Mailbox]
        def initialize(mailbox)
          given = Keys.symbolize(mailbox.delivery_options)
          super(mailbox.delivery_url || given[:delivery_url] || given[:url])
        end
      end

      # @return [Options]
      attr_accessor :options

      # @param options [Options]
      def initialize(options)
        @options = options
      end
    end
  end
end
