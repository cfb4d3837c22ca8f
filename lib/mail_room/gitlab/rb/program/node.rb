# frozen_string_literal: true

require "etc"
require "mail_room"
require "socket"

module MailRoom
  module GitLab
    class Rb
      class Program
        # What Chef knows of the machine, and calls `node`. Here that is little. What is not known can be calculated
        # with, so that a line that has nothing to do with mail does no harm; as text it is {Attributes::UNKNOWN}.
        class Node
          # What is known, by the names that lead to it.
          FACTS = {
            %w[fqdn] => -> { full_name },
            %w[hostname] => -> { Socket.gethostname[/\A[^.]+/] },
            %w[machinename] => -> { Socket.gethostname },
            %w[domain] => -> { full_name[/\.(.+)/, 1] },
            %w[ipaddress] => -> { Socket.ip_address_list.find { |ip| ip.ipv4? && !ip.ipv4_loopback? }&.ip_address },
            %w[cpu total] => -> { Etc.nprocessors }
          }.freeze

          # @return [String]
          def self.full_name
            name = Socket.gethostname
            Addrinfo.getaddrinfo(name, nil, nil, :STREAM, nil, Socket::AI_CANONNAME).first.canonname || name
          rescue SocketError
            name
          end

          # @param names [Array<String>] that lead to it
          def initialize(names = [])
            @names = names
          end

          # @param name [String, Symbol]
          # @return [Object] what is known, or what stands for everything else
          def [](name)
            names = [*@names, name.to_s]
            fact = FACTS[names]
            (self.class.instance_exec(&fact) if fact) || self.class.new(names)
          end

          # @param names [Array<String, Symbol>]
          # @return [Object] see {#[]}
          def dig(*names)
            names.inject(self) { |found, name| found[name] }
          end
          alias read dig

          # @return [String]
          def to_s
            Attributes::UNKNOWN
          end
          alias inspect to_s

          # @return [Integer]
          def to_i
            0
          end

          # @return [Float]
          def to_f
            0.0
          end

          # @return [Integer] whatever it is compared with, so that there is an order
          def <=>(_other)
            0
          end

          # @return [Array<Node>] itself on both sides of an operator
          def coerce(_other)
            [self, self]
          end

          private

          def method_missing(_name, *)
            self
          end

          # Ruby asks for conversions by itself.
          def respond_to_missing?(name, _private)
            !name.start_with?("to_")
          end
        end
      end
    end
  end
end
