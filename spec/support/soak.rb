# frozen_string_literal: true

# Kills mail_room processes at random moments for as long as wanted, does other harm to what they work with, and counts
# what has become of the mails. See `rake soak`.
module Soak
  folder = File.join(__dir__, "soak")
  autoload :Feeder, File.join(folder, "feeder.rb")
  autoload :Freezer, File.join(folder, "freezer.rb")
  autoload :GraphBox, File.join(folder, "graph_box.rb")
  autoload :Harm, File.join(folder, "harm.rb")
  autoload :ImapBox, File.join(folder, "imap_box.rb")
  autoload :Journal, File.join(folder, "journal.rb")
  autoload :Lane, File.join(folder, "lane.rb")
  autoload :Letters, File.join(folder, "letters.rb")
  autoload :QueueSink, File.join(folder, "queue_sink.rb")
  autoload :Report, File.join(folder, "report.rb")
  autoload :Run, File.join(folder, "run.rb")
  autoload :Setup, File.join(folder, "setup.rb")
  autoload :Stage, File.join(folder, "stage.rb")
  autoload :Tally, File.join(folder, "tally.rb")
  autoload :Victim, File.join(folder, "victim.rb")
  autoload :WebSink, File.join(folder, "web_sink.rb")
end
