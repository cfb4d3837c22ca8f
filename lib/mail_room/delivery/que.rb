# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Delivery
    # Inserts every message as a job of Que into a PostgreSQL database.
    class Que
      include Standalone::Delivery

      # Keys below `delivery_options`.
      KEYS = %i[host port database username password queue priority job_class job_schema_version sslmode
                sslrootcert sslcert sslkey].freeze

      # Reads the `delivery_options` of a mailbox, or takes them as they are.
      Options = Struct.new(:host, :port, :database, :username, :password, :queue, :priority, :job_class, :logger) do
        include Standalone::Options

        # @param mailbox [Mailbox, nil] where the options are written
        # @param given [Hash] the options, when there is no mailbox: {KEYS}, `logger` and the timeouts
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :delivery_options)

          super(*members.map { |member| member == :logger ? written.logger : written[member] })
          self.host ||= "localhost"
          self.port ||= 5432
          self.queue ||= ""
          self.priority ||= 100 # the lowest there is in Que
          keep_others(written, members)
        end

        private

        def settings
          { delivery_method: "que", delivery_options: options, **timeouts }
        end
      end
    end
  end
end
