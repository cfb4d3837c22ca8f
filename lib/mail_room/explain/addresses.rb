# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Explain
    # The addresses messages are explained for.
    class Addresses
      autoload :Configured, "mail_room/explain/addresses/configured"

      class << self
        # @param address [String, nil]
        # @param service_desk_address [String, nil]
        # @param host [String, nil]
        # @return [Addresses]
        # @raise [ConfigurationError] when one of them is blank, or cannot be an address or a host
        def given(address: nil, service_desk_address: nil, host: nil)
          { "--address" => address, "--service-desk-address" => service_desk_address, "--host" => host }
            .each { |option, text| raise ConfigurationError, "explain: #{option} is blank" if text&.b&.strip&.empty? }
          new([IncomingEmail.new(address: address, service_desk_address: service_desk_address, host: host)])
        end

        # Those of the mailboxes of a file. Mailboxes of one host belong to one GitLab, which has two addresses
        # at most: the first for incoming mail stands with the first of the Service Desk, and so on.
        #
        # @param path [String] of a configuration
        # @return [Addresses]
        # @raise [ConfigurationError] when it cannot be read, or no mailbox has an address
        def configured(path)
          new(by_host(Configured.mailboxes(path)).flat_map { |host, mailboxes| of_one_gitlab(host, mailboxes) })
        rescue ConfigurationError => error
          raise error.class, "#{path.empty? ? path.inspect : path}: #{error.message}"
        end

        private

        # One that names no host is of the same GitLab as the others, if they are all of one.
        def by_host(mailboxes)
          hosts = mailboxes.filter_map(&:host).uniq
          mailboxes.group_by { |mailbox| mailbox.host || (hosts.first if hosts.one?) }
        end

        def of_one_gitlab(host, mailboxes)
          incoming, service_desk = Configured::TYPES.available.map do |type|
            mailboxes.select { |mailbox| mailbox.type == type }.map(&:address).uniq
          end
          Array.new([incoming.size, service_desk.size].max) do |nth|
            IncomingEmail.new(address: incoming[nth], service_desk_address: service_desk[nth], host: host)
          end
        end
      end

      # @param all [Array<IncomingEmail>] at least one
      def initialize(all)
        @all = all
      end

      # @param raw [String] a message
      # @return [Array(IncomingEmail, Hash)] the addresses it was explained for, the first by which a key is found
      #   or else simply the first, and what {IncomingEmail#explain} tells of them
      def explain(raw)
        first = nil
        @all.each do |incoming_email|
          told = incoming_email.explain(raw)
          return [incoming_email, told] if told[:route][:mail_key]

          first ||= [incoming_email, told]
        end
        first
      end
    end
  end
end
