# frozen_string_literal: true

# Bundler.require looks for a file named like the gem.
require "mail_room"
