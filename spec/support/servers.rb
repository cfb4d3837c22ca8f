# frozen_string_literal: true

# Private servers for specs and for bin/demo: real programs, on free ports of the loopback interface, with their data
# in a folder of their own that goes away with them. Nothing here knows of RSpec.
module Servers
  # Those the demo does without; they need gems that it does not bring.
  autoload :Authorization, File.join(__dir__, "servers/authorization")
  autoload :DeafPort, File.join(__dir__, "servers/deaf_port")
  autoload :Front, File.join(__dir__, "servers/front")
  autoload :Graph, File.join(__dir__, "servers/graph")
  autoload :Machine, File.join(__dir__, "servers/machine")
  autoload :Network, File.join(__dir__, "servers/network")
  autoload :Postfix, File.join(__dir__, "servers/postfix")
  autoload :Postgres, File.join(__dir__, "servers/postgres")
  autoload :Proxy, File.join(__dir__, "servers/proxy")
  autoload :RailsApp, File.join(__dir__, "servers/rails_app")
  autoload :Smtp, File.join(__dir__, "servers/smtp")
  autoload :SilentResolver, File.join(__dir__, "servers/silent_resolver")
  autoload :Web, File.join(__dir__, "servers/web")
end

require_relative "servers/certificates"
require_relative "servers/dovecot"
require_relative "servers/redis"
require_relative "servers/sentinels"
require_relative "servers/sidekiq"
