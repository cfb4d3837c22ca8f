# frozen_string_literal: true

require_relative "../wait"

module Soak
  # One soak, from the start of the servers to the report. All that is done is done by one thread, one after the other,
  # so that nobody asks a server that somebody else has frozen.
  class Run
    # Seconds between two looks at everything, two collections of what came out, and two lines of progress.
    TICK = 0.01
    COLLECTION = 0.25
    PROGRESS = 15

    # Seconds until everything has to be settled when nobody does harm any more. Claims of the dead take 30 of them.
    DRAIN = 150

    # @param seconds [Numeric] how long harm is done
    # @param seed [Integer] decides what is done to whom, and after how long
    # @param setups [Array<Setup>]
    # @param folder [String] where files are left that tell what happened
    # @param output [IO]
    def initialize(seconds:, seed:, setups: Setup.all, folder: "tmp/soak", output: $stdout)
      @seconds = seconds
      @seed = seed
      @setups = setups
      @output = output
      @journal = Journal.new(folder)
      @problems = []
    end

    # @return [Report] also when something unforeseen happened on the way: that is one of its problems then
    def call
      set_up
      %i[do_harm drain end_all].each { |step| attempt(step) }
      report = make_report
    ensure
      keep_logs unless report&.ok?
      remove
    end

    private

    def attempt(step)
      send(step)
    rescue StandardError => error
      @journal.note("failed", step, error.message)
      @problems << "#{step}: #{error.full_message(highlight: false)}"
    end

    def remove
      @lanes&.flat_map(&:victims)&.each(&:remove)
      @stage&.remove
      @journal.close
    end

    def set_up
      @stage = Stage.new
      @lanes = @setups.map.with_index(1) { |setup, nth| Lane.new(setup, @stage, (@seed * 10_000) + (nth * 100)) }
      sinks = @lanes.to_h { |lane| ["/#{lane.setup.id}", lane.sink] }
      WebSink.listen(@stage, sinks)
      @harm = Harm.new(@stage, Random.new(@seed), @journal)
      @freezer = Freezer.new(@lanes, Random.new(@seed), @journal) if @seconds >= Freezer::SHORTEST_RUN
      each_victim { |victim, _lane| victim.start }
      @collects_at = 0
      @tells_at = Wait.now + PROGRESS
    end

    def do_harm
      deadline = Wait.now + @seconds
      while (now = Wait.now) < deadline
        @lanes.each { |lane| lane.feed(now) }
        @harm.tick(now)
        @freezer&.tick(now, deadline)
        collect(now)
        each_victim { |victim, lane| kill(victim, lane) if victim.due?(now) }
        tell(now)
        sleep TICK
      end
    ensure
      @harm.stop
      @freezer&.stop
    end

    def kill(victim, lane)
      if (reason = victim.end_of_its_own)
        @problems << reason
      else
        claims = lane.kill(victim)
        @journal.note("killed", victim.name, "with #{claims || 'unknown'} claims")
      end
      victim.start
      @journal.note("started", victim.name)
    end

    def collect(now)
      return if now < @collects_at

      @lanes.each(&:collect)
      @stage.graph.journal.forget
      @collects_at = now + COLLECTION
    end

    def tell(now)
      return if now < @tells_at

      counts = @lanes.map { |lane| "#{lane.tally.delivered}/#{lane.tally.sent}" }
      @output.puts("#{Time.now.strftime('%T')} kills: #{@lanes.sum(&:kills)}, delivered: #{counts.join(' ')}")
      @tells_at = now + PROGRESS
    end

    def drain
      @journal.note("drain")
      Wait.until(DRAIN, what: "everything to be settled", interval: 1) do
        @lanes.each(&:collect)
        @lanes.all? { |lane| lane.tally.missing.empty? && lane.waiting.empty? }
      end
    rescue Wait::TimedOut => error
      @problems << error.message
    end

    # What comes out at the very end counts too.
    def end_all
      each_victim do |victim, _lane|
        problem = victim.end_of_its_own || victim.stop
        @problems << problem if problem
      end
      @lanes.each(&:collect)
    end

    def make_report
      harm = @freezer ? { **@harm.done, mail_room_frozen: @freezer.times } : @harm.done
      Report.new(@lanes.map { |lane| Report::Row.of(lane) }, seconds: @seconds, seed: @seed, harm: harm,
                                                             problems: @problems + further_problems)
    end

    def further_problems
      @lanes.flat_map(&:violations).uniq + (@freezer&.problems || [])
    end

    def keep_logs
      each_victim { |victim, _lane| @journal.keep(victim.name, victim.logs) }
      @output.puts("What happened is told by the files in #{@journal.folder}")
    end

    def each_victim
      @lanes&.each { |lane| lane.victims.each { |victim| yield victim, lane } }
    end
  end
end
