# frozen_string_literal: true

# Private servers for specs and for bin/demo: real programs, on free ports of the loopback interface, with their data
# in a folder of their own that goes away with them. Nothing here knows of RSpec.
module Servers
end

require_relative "servers/certificates"
require_relative "servers/dovecot"
require_relative "servers/postgres"
require_relative "servers/proxy"
require_relative "servers/redis"
require_relative "servers/sentinels"
require_relative "servers/sidekiq"
require_relative "servers/web"
